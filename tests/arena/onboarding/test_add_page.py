"""The page on which a model is added, and the form that it fills in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User

from arena.catalog.models import ModelCard
from arena.onboarding.ready import ready_models
from arena.probes import dispatch
from tests.hub.making import CONFIG, make_repository

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("valkey_url"),
    pytest.mark.one_database,
]

PAGE = "/admin/catalog/modelcard/add-model/"
ADD = "/admin/catalog/modelcard/add/"


@pytest.fixture(autouse=True)
def _nobody_is_asked(monkeypatch):
    for name in ("begin_trial", "begin_probe"):
        monkeypatch.setattr(dispatch, name, lambda *args, **more: None, raising=False)


def text_of(response):
    return response.content.decode()


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def test_every_ready_card_is_on_the_page_with_its_sources(admin_client):
    page = text_of(admin_client.get(PAGE))
    for model in ready_models():
        assert model.name in page
        for address in model.sources.values():
            assert address in page


def test_the_form_is_filled_in_from_the_hub_and_keeps_what_was_found(admin_client, hub):
    result = {"dataset": {"id": "MMMU/MMMU", "task_id": "val"}, "value": 41.5}
    make_repository(hub.folder, cardData={"license": "mit"}, evalResults=[result])
    form = admin_client.get(f"{ADD}?place=maker/tiny-vlm").context["adminform"].form
    filled = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    assert (filled["name"], filled["slug"], filled["license"]) == ("tiny-vlm", "tiny-vlm", "mit")
    assert (filled["source"], filled["commercial_use"]) == ("maker/tiny-vlm", "yes")
    assert filled["revision"] == hub.find("maker/tiny-vlm").commit
    asked = len(hub.requests)
    sent = {name: value for name, value in filled.items() if value is not None}
    sent |= {"abilities": "video", "commercial_use": "conditions"}
    admin_client.post(ADD, sent)
    card = ModelCard.objects.get(slug="tiny-vlm")
    assert len(hub.requests) == asked, "saving asks the Hub nothing"
    assert (card.facts.hub_id, card.facts.abilities) == ("maker/tiny-vlm", "video")
    assert card.facts.commercial_use == "conditions"
    assert card.facts.results[0]["value"] == 41.5
    assert "MMMU/MMMU" in text_of(admin_client.get(f"/admin/catalog/modelcard/{card.pk}/change/"))


def test_facts_that_somebody_made_up_are_not_kept(admin_client):
    sent = {"name": "x", "slug": "x", "source": "a/b", "revision": "0" * 40, "queue": "inference"}
    sent |= {"backend": "transformers", "weight": "1", "known": "made:up", "abilities": "video"}
    admin_client.post(ADD, sent)
    card = ModelCard.objects.get(slug="x")
    assert (card.facts.hub_id, card.facts.abilities) == ("", "video")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("maker/none", "no public model maker/none"),
        ("nonsense", "owner/name"),
        ("maker/code", "endpoint in a container of its own"),
        ("maker/secret", "set HF_TOKEN"),
        ("/etc", "ARENA_MODEL_DIRS"),
    ],
)
def test_what_cannot_be_added_is_explained_on_the_page(
    admin_client, hub, settings, tmp_path, place, said
):
    settings.MODEL_DIRS = (tmp_path,)
    make_repository(hub.folder, "maker/code", config={**CONFIG, "auto_map": {}})
    make_repository(hub.folder, "maker/secret", gated="auto")
    response = admin_client.get(ADD, {"place": place}, follow=True)
    assert response.request["PATH_INFO"] == PAGE
    [message] = messages_of(response)
    assert said in message
    assert place in text_of(response)


def test_a_ready_card_is_added_by_its_button(admin_client, hub):
    make_repository(hub.folder, "HuggingFaceTB/SmolVLM-Instruct")
    response = admin_client.post(PAGE, {"ready": "smolvlm"}, follow=True)
    assert "SmolVLM has been added" in messages_of(response)[0]
    assert ModelCard.objects.get().slug == "smolvlm"
    again = admin_client.post(PAGE, {"ready": "smolvlm"}, follow=True)
    assert "is this model already" in messages_of(again)[0]
    assert ModelCard.objects.count() == 1
    assert "added" in text_of(admin_client.get(PAGE))


def test_a_ready_card_behind_an_endpoint_leads_to_the_form_that_asks_for_it(admin_client):
    response = admin_client.post(PAGE, {"ready": "moondream2"}, follow=True)
    form = response.context["adminform"].form
    assert form.initial["backend"] == "openai"
    assert any("enter the endpoint" in message for message in messages_of(response))
    assert not ModelCard.objects.exists()


@pytest.mark.parametrize("name", ["", "none", "../x", "<script>"])
def test_a_ready_card_that_is_not_there_is_refused(admin_client, settings, name):
    settings.HUB = False
    response = admin_client.post(PAGE, {"ready": name}, follow=True)
    assert messages_of(response)
    assert "<script>" not in text_of(response).split("<body")[1]
    assert not ModelCard.objects.exists()


def test_the_hub_is_searched_with_filters(admin_client, hub):
    make_repository(hub.folder, "maker/one", cardData={"license": "mit"})
    make_repository(hub.folder, "maker/two", cardData={"license": "apache-2.0"})
    page = text_of(admin_client.get(PAGE, {"words": "maker", "licence": "mit", "size": "1B"}))
    assert "maker/one" in page
    assert "maker/two" not in page
    assert "Nothing was found." in text_of(admin_client.get(PAGE, {"words": "zzz"}))
    assert admin_client.get(PAGE, {"words": "x", "size": "9000B"}).status_code == 200


def test_the_page_asks_for_the_permission_to_add(client):
    user = User.objects.create_user("viewer", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_modelcard"))
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"ready": "smolvlm"}).status_code == 403
    assert client.get(f"{ADD}?place=maker/x").status_code == 403
