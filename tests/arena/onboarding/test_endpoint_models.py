"""The models at an endpoint, asked by the page on which one is added."""

from __future__ import annotations

import json

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import Permission, User

from arena.core.redis import client
from arena.onboarding import dispatch
from inference_worker.wire import keys, model_lists
from inference_worker.wire.model_lists import ModelList, ModelListRequest
from inference_worker.wire.sealed import unseal

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("valkey_url"),
    pytest.mark.one_database,
]

URL = "/admin/catalog/modelcard/endpoint-models/"
ENDPOINT = {
    "backend": "openai",
    "base_url": "https://93.184.216.34/v1",
    "key": "canary-key",
    "queue": "inference",
}


@pytest.fixture(autouse=True)
def asked(monkeypatch, settings):
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    found = []
    monkeypatch.setattr(
        dispatch, "list_models", lambda request, queue: found.append((request, queue))
    )
    return found


def test_a_worker_is_asked_with_the_key_sealed(admin_client, asked, settings):
    token = admin_client.post(URL, ENDPOINT).json()["token"]
    [(request, queue)] = asked
    assert isinstance(request, ModelListRequest)
    assert (request.token, request.backend, queue) == (token, "openai", "inference")
    assert "canary" not in str(request.to_json())
    key = unseal(request.sealed_key, base_url=request.base_url, keys=settings.SEALING_KEYS)
    assert key == "canary-key"


def test_the_list_is_found_under_its_token(admin_client):
    token = admin_client.post(URL, ENDPOINT).json()["token"]
    assert admin_client.get(f"{URL}?token={token}").json() == {"waiting": True}
    model_lists.put(client(), token, ModelList(("a", "b")))
    assert admin_client.get(f"{URL}?token={token}").json() == {"names": ["a", "b"]}
    assert admin_client.get(f"{URL}?token=another").json() == {"waiting": True}


def test_why_there_is_no_list_is_shown(admin_client):
    model_lists.put(client(), "t", ModelList((), "the endpoint doesn't accept the key"))
    said = admin_client.get(f"{URL}?token=t").json()
    assert said == {"names": [], "problem": "the endpoint doesn't accept the key"}


def test_what_no_worker_of_ours_has_put_there_is_a_problem(admin_client):
    client().set(keys.model_list("t"), json.dumps({"names": 7}), ex=60)
    assert "did not return a list" in admin_client.get(f"{URL}?token=t").json()["problem"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"base_url": "http://127.0.0.1/v1"}, "https"),
        ({"base_url": ""}, "required"),
        ({"backend": "transformers"}, "Only a backend that calls an endpoint"),
        ({"backend": "nothing"}, "valid choice"),
        ({"queue": "?"}, "slug"),
    ],
)
def test_what_is_no_endpoint_is_not_asked(admin_client, asked, change, says):
    answer = admin_client.post(URL, ENDPOINT | change)
    assert (answer.status_code, says in answer.json()["problem"]) == (400, True)
    assert asked == []


def test_a_broker_that_is_away_is_said(admin_client, monkeypatch):
    def broken(request, queue):
        raise OSError

    monkeypatch.setattr(dispatch, "list_models", broken)
    answer = admin_client.post(URL, ENDPOINT)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert admin_client.put(URL).status_code == 405


@pytest.mark.parametrize(("permission", "status"), [("try_modelcard", 200), ("add_modelcard", 403)])
def test_asking_costs_a_call_and_needs_that_permission(client, permission, status):
    operator = User.objects.create_user("op", is_staff=True)
    operator.user_permissions.add(Permission.objects.get(codename=permission))
    client.force_login(operator)
    assert client.post(URL, ENDPOINT).status_code == status
    assert client.get(URL).status_code == status


def test_the_form_brings_the_script_and_what_it_says(admin_client):
    page = admin_client.get("/admin/catalog/modelcard/add/").content.decode()
    assert 'src="/static/js/models' in page
    assert f'data-models-url="{URL}"' in page
