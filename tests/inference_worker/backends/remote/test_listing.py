"""The list of an endpoint's models, for a form."""

from __future__ import annotations

import json

import pytest

from inference_worker import process, tasks
from inference_worker.backends import BackendRegistry
from inference_worker.wire import keys, model_lists
from inference_worker.wire.messages import MalformedMessage
from inference_worker.wire.model_lists import ModelList, ModelListRequest
from inference_worker.wire.sealed import seal
from tests.inference_worker.backends.remote.faults import FAULTS, KEY
from tests.inference_worker.backends.remote.serving import Reply, serving
from tests.inference_worker.backends.remote.test_endpoints import KEY as SEALING_KEY
from tests.inference_worker.making import settings


@pytest.fixture(autouse=True)
def _backends(monkeypatch):
    made = BackendRegistry(settings(endpoint_allow=("127.0.0.1",), sealing_keys=(SEALING_KEY,)))
    monkeypatch.setattr(process, "_backends", lambda: made)


def asked(port, backend="openai", *, name="t1"):
    url = f"http://127.0.0.1:{port}/v1"
    sealed = seal(KEY, base_url=url, keys=[SEALING_KEY])
    return ModelListRequest(name, backend, url, sealed)


def listing(*names):
    return Reply(body=json.dumps({"object": "list", "data": [{"id": n} for n in names]}).encode())


@pytest.mark.parametrize(
    ("backend", "header", "value"),
    [("openai", "Authorization", f"Bearer {KEY}"), ("anthropic", "x-api-key", KEY)],
)
def test_a_worker_lists_the_models_of_an_endpoint(backend, header, value):
    seen = []
    with serving(lambda _: listing("b", "a", "b"), seen=seen) as port:
        found = process.list_models(asked(port, backend))
    assert found == ModelList(("a", "b"))
    [(path, headers, _)] = seen
    assert (path, headers[header]) == ("/v1/models", value)


@pytest.mark.parametrize(
    "body",
    [
        {"models": [{"name": "a"}, {"model": "?"}]},
        ["a", 7, None, {"id": ["x"]}],
        {"data": [{"id": "a"}, {"id": "x" * 600}, {"id": "two\nlines"}]},
    ],
)
def test_names_stand_in_several_forms_and_what_is_none_is_left_out(body):
    with serving(lambda _: Reply(body=json.dumps(body).encode())) as port:
        assert process.list_models(asked(port)) == ModelList(("a",))


def test_no_more_names_than_a_form_can_show():
    with serving(lambda _: listing(*(f"m{n}" for n in range(2000)))) as port:
        assert len(process.list_models(asked(port)).names) == model_lists.MOST_NAMES


@pytest.mark.parametrize("name", ["401", "garbage", "wrong type", "redirect to a private address"])
def test_why_there_is_no_list_is_said_without_the_key(name):
    with serving(FAULTS[name].script) as port:
        found = process.list_models(asked(port))
    assert found.names == ()
    assert len(found.problem) > 20
    assert KEY not in found.problem


def test_only_a_backend_of_endpoints_has_a_list():
    assert "scripted has no endpoints" in process.list_models(asked(1, "scripted")).problem
    assert "no backend is called" in process.list_models(asked(1, "nothing")).problem


def test_a_list_goes_to_whoever_has_the_token(valkey, valkey_url, monkeypatch):
    monkeypatch.setattr(process, "connection", lambda: valkey)
    with serving(lambda _: listing("a")) as port:
        tasks.list_models(asked(port, name="mine").to_json())
    assert model_lists.get(valkey, "mine") == ModelList(("a",))
    assert model_lists.get(valkey, "another") is None
    assert 0 < valkey.ttl(keys.model_list("mine")) <= model_lists.KEPT_SECONDS


@pytest.mark.parametrize("row", ["{", "[]", '{"names": "a"}', '{"names": [7]}', "x" * 300_000])
def test_what_is_no_list_is_malformed(valkey, row):
    valkey.set(keys.model_list("t"), row)
    with pytest.raises(MalformedMessage):
        model_lists.get(valkey, "t")
