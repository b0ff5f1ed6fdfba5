from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
import redis
from cryptography.fernet import Fernet
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from arena.catalog import selectors, services
from arena.catalog.models import ModelCard
from arena.probes import dispatch
from inference_worker.wire import manifests
from inference_worker.wire.presence import WorkerReport, report
from inference_worker.wire.sealed import unseal
from tests.factories import (
    make_battle,
    make_card,
    make_models,
    make_version,
    make_vote,
    make_worker,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/modelcard/"
NEW = {
    "name": "Newcomer",
    "slug": "newcomer",
    "source": "/models/newcomer",
    "backend": "transformers",
    "revision": "",
    "base_url": "",
    "queue": "inference",
    "weight": "1",
}
NO_NEW_FACTS = {"facts-TOTAL_FORMS": "0", "facts-INITIAL_FORMS": "0"}
NO_NEW_VERSION = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0", **NO_NEW_FACTS}


@pytest.fixture(autouse=True)
def tried(monkeypatch, django_capture_on_commit_callbacks):
    versions = []
    monkeypatch.setattr(dispatch, "begin_probe", versions.append)
    with django_capture_on_commit_callbacks(execute=False):
        yield versions


def text_of(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text))


def act(client, action, *cards, **more):
    data = {"action": action, "_selected_action": [card.pk for card in cards], **more}
    return client.post(LIST, data, follow=True)


def test_one_form_adds_a_model_and_starts_its_probe(admin_client):
    answer = admin_client.post(f"{LIST}add/", NEW, follow=True)
    card = ModelCard.objects.get(slug="newcomer")
    version = card.versions.get()
    assert (card.state, version.number, version.probe) == ("probing", 1, "running")
    assert version.source == "/models/newcomer"
    assert "The probe of Newcomer has started" in text_of(answer)


@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        ({"name": "Otter"}, "Everyday words: Otter."),
        ({"name": "FastVLM 7B", "organization": "Apple"}, "Everyday words: Apple."),
        ({"name": "Qwen2.5-VL"}, ""),
    ],
)
def test_who_gives_a_model_an_everyday_word_for_a_name_is_warned(admin_client, fields, warned):
    page = text_of(admin_client.post(f"{LIST}add/", {**NEW, **fields}, follow=True))
    assert warned in page
    assert bool(warned) == ("Everyday words" in page)


def test_the_list_says_how_many_votes_a_model_lost_by_naming_itself(admin_client, valkey_url):
    telling, silent = make_models("telling", "silent")
    for text in ("I am Telling.", "Telling here.", ""):
        make_vote(telling, silent, a={"betrays": bool(text)})
    make_battle(telling, silent, a={"betrays": True})
    make_worker()
    cards = {card.slug: card.uncounted for card in selectors.cards_for_operators()}
    assert cards == {"telling": 2, "silent": 0}
    assert "Telling active yes 0 2 1.0" in text_of(admin_client.get(LIST))


def test_an_endpoint_is_asked_for_its_address(admin_client):
    answer = admin_client.post(f"{LIST}add/", {**NEW, "backend": "openai"})
    assert "needs the endpoint" in text_of(answer)
    assert not ModelCard.objects.exists()


def test_only_an_endpoint_has_an_address(admin_client):
    answer = admin_client.post(f"{LIST}add/", {**NEW, "base_url": "https://93.184.216.34/v1"})
    assert "Only a backend that calls an endpoint" in text_of(answer)


@pytest.mark.parametrize("address", ["vllm:8000/v1", "file:///etc/passwd", "https://"])
def test_an_endpoint_is_an_http_address(admin_client, address):
    admin_client.post(f"{LIST}add/", {**NEW, "backend": "openai", "base_url": address})
    assert not ModelCard.objects.exists()


def test_a_key_is_stored_sealed_and_shown_nowhere(admin_client, settings):
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    endpoint = {"backend": "openai", "base_url": "https://93.184.216.34/v1", "key": "top-secret"}
    admin_client.post(f"{LIST}add/", {**NEW, **endpoint})
    card = ModelCard.objects.get()
    stored = card.versions.get()
    assert "top-secret" not in stored.sealed_key
    opened = unseal(stored.sealed_key, base_url=stored.base_url, keys=settings.SEALING_KEYS)
    assert opened == "top-secret"
    page = admin_client.get(f"{LIST}{card.pk}/change/").content.decode()
    assert "top-secret" not in page
    assert stored.sealed_key not in page


def test_a_slug_can_be_taken_once(admin_client):
    make_card("newcomer")
    assert "already exists" in text_of(admin_client.post(f"{LIST}add/", NEW))


def test_the_list_shows_state_version_probe_votes_and_weight(admin_client):
    card = make_card("finch", state="draft", weight=0.5)
    make_version(card, source="org/finch", probe="failed", probe_note="No answer: it broke.")
    text = text_of(admin_client.get(LIST))
    assert "Finch draft - 0 0 0.5 does not answer No answer: it broke. 1: org/finch" in text


def test_the_list_says_which_models_are_drawn_and_why_the_others_are_not(admin_client, valkey_url):
    make_worker()
    make_version(make_card("finch"))
    make_version(make_card("heavy", queue="gpu"))
    broken = make_version(make_card("broken"))
    for _ in range(3):
        services.record_end(version=broken, code="timeout")
    text = text_of(admin_client.get(LIST))
    assert "Finch active yes " in text
    assert "Heavy active no worker listens to the queue gpu " in text
    assert "Broken active out of the draw since " in text
    text = text_of(admin_client.get(f"{LIST}workers/"))
    assert "These active models are not drawn now" in text
    assert "Heavy : no worker listens to the queue gpu" in text
    assert "3 failures in a row (timeout)" in text
    text = text_of(admin_client.get("/admin/"))
    assert "Needs attention" in text
    assert "Heavy is not drawn: no worker listens to the queue gpu" in text
    assert "3 failures in a row (timeout)" in text


def test_the_first_page_says_nothing_where_all_models_are_drawn(admin_client, valkey_url):
    make_worker()
    make_version()
    assert "not drawn" not in text_of(admin_client.get("/admin/"))


def test_the_first_page_tells_only_who_may_see_the_models(client, valkey_url):
    make_worker()
    make_version(make_card("heavy", queue="gpu"))
    client.force_login(User.objects.create(username="clerk", is_staff=True))
    assert "Heavy" not in text_of(client.get("/admin/"))


def test_the_list_cuts_what_a_probe_said_and_the_card_has_all_of_it(admin_client):
    version = make_version(make_card("finch"), probe_note=f"Answered: {'word ' * 40}last.")
    assert "word word… " in text_of(admin_client.get(LIST))
    card = text_of(admin_client.get(f"{LIST}{version.card_id}/change/"))
    assert "word last." in card


def test_the_list_asks_the_same_queries_for_many_cards(admin_client, django_assert_max_num_queries):
    [make_version() for _ in range(20)]
    with django_assert_max_num_queries(10):
        admin_client.get(LIST)


def test_activating_is_refused_until_a_probe_has_passed(admin_client):
    untried = make_version(make_card("untried", state="draft"), probe="pending").card
    good = make_version(make_card("good", state="draft")).card
    text = text_of(act(admin_client, "activate", untried, good))
    assert "Untried can't be activated: none of its versions has passed a probe." in text
    assert "1 model: Activated." in text
    states = dict(ModelCard.objects.values_list("slug", "state"))
    assert states == {"untried": "draft", "good": "active"}


def test_retiring_asks_and_takes_a_card_out_of_the_draw(admin_client):
    card = make_version().card
    assert "No voter meets these models" in text_of(act(admin_client, "retire", card))
    card.refresh_from_db()
    assert card.state == "active"
    act(admin_client, "retire", card, confirmed="Retire")
    card.refresh_from_db()
    assert card.state == "retired"


def test_listing_for_everybody_asks_because_nothing_undoes_it(admin_client):
    card = make_version(make_card(unlisted=True)).card
    text = text_of(act(admin_client, "list_publicly", card))
    assert "a listed model is never unlisted again" in text
    assert f"1 model card {card.name}" in text
    card.refresh_from_db()
    assert card.unlisted
    act(admin_client, "list_publicly", card, confirmed="List")
    card.refresh_from_db()
    assert not card.unlisted


def test_trying_again_starts_a_probe_of_the_newest_version(admin_client):
    card = make_card()
    make_version(card, probe="failed")
    newest = make_version(card, probe="failed")
    act(admin_client, "try_again", card)
    newest.refresh_from_db()
    assert newest.probe == "running"


@pytest.mark.parametrize(("minutes", "overdue"), [(0, False), (10, True)])
def test_a_probe_that_no_worker_takes_is_said(admin_client, minutes, overdue):
    tried_at = timezone.now() - timedelta(minutes=minutes)
    make_version(make_card(queue="gpu"), probe="running", tried_at=tried_at)
    said = "Does a worker serve the queue gpu?" in text_of(admin_client.get(LIST))
    assert said == overdue


def test_every_change_is_logged(admin_client, admin_user):
    card = make_version().card
    act(admin_client, "retire", card, confirmed="Retire")
    entry = LogEntry.objects.get(object_id=str(card.pk), action_flag=CHANGE)
    assert (entry.user, entry.get_change_message()) == (admin_user, "Retired.")
    admin_client.post(f"{LIST}add/", NEW)
    assert LogEntry.objects.filter(object_repr="Newcomer").exists()


def test_a_new_version_is_added_below_the_card(admin_client):
    card = make_version(make_card("finch")).card
    fields = {"name": "Finch", "queue": "inference", "weight": "2"}
    form = {"versions-TOTAL_FORMS": "1", "versions-INITIAL_FORMS": "0", **NO_NEW_FACTS}
    version = {"versions-0-source": "org/finch-2", "versions-0-backend": "transformers"}
    admin_client.post(f"{LIST}{card.pk}/change/", {**fields, **form, **version})
    card.refresh_from_db()
    newest = selectors.newest_version(card)
    assert newest
    assert (newest.number, newest.source, newest.probe) == (2, "org/finch-2", "running")
    assert card.weight == 2


@pytest.mark.parametrize(
    ("boost", "day", "stored"),
    [
        ("3", "2126-01-02", 3.0),
        ("3", "", None),
        ("", "2126-01-02", None),
        ("11", "2126-01-02", None),
    ],
)
def test_a_boost_has_a_factor_and_an_end(admin_client, boost, day, stored):
    card = make_version(make_card("finch")).card
    fields = {"name": "Finch", "queue": "inference", "weight": "1", "boost": boost}
    end = {"boost_until_0": day, "boost_until_1": "12:00" if day else ""}
    admin_client.post(f"{LIST}{card.pk}/change/", {**fields, **end, **NO_NEW_VERSION})
    card.refresh_from_db()
    assert card.boost == stored
    assert (card.boost_until is None) == (stored is None)


def test_a_stored_slug_and_state_are_not_taken_from_a_form(admin_client):
    card = make_version(make_card("finch")).card
    fields = {"name": "Renamed", "queue": "inference", "weight": "1", "slug": "x", "state": "draft"}
    admin_client.post(f"{LIST}{card.pk}/change/", {**fields, **NO_NEW_VERSION})
    card.refresh_from_db()
    assert (card.name, card.slug, card.state) == ("Renamed", "finch", "active")


def test_nothing_is_deleted(admin_client):
    card = make_card()
    assert admin_client.get(f"{LIST}{card.pk}/delete/").status_code == 403


def test_the_workers_that_live_are_listed(admin_client, valkey_url):
    worker = WorkerReport("gpu-1", ("inference",), "cuda:0", ("org/finch",), 3, 1_700_000_000.0)
    with redis.Redis.from_url(valkey_url) as connection:
        report(connection, worker)
    text = text_of(admin_client.get(reverse("admin:catalog_workers")))
    assert "gpu-1 cuda:0 inference org/finch 3" in text
    assert "2023" in text


def test_no_worker_is_said(admin_client, valkey_url):
    assert "No worker has reported" in text_of(admin_client.get(reverse("admin:catalog_workers")))


def test_an_absent_redis_is_said(admin_client, monkeypatch):
    def refuse():
        raise redis.ConnectionError

    monkeypatch.setattr(selectors, "workers", refuse)
    response = admin_client.get(reverse("admin:catalog_workers"))
    assert response.status_code == 200
    assert "Redis can't be reached" in text_of(response)


def test_the_backends_are_listed_as_their_manifests_have_them(admin_client):
    text = text_of(admin_client.get(reverse("admin:catalog_workers")))
    for name, one in manifests.every().items():
        assert name in text
        assert one.summary in text
        assert all(variable in text for variable in one.settings)


def test_workers_are_for_operators_only(client):
    assert client.get(reverse("admin:catalog_workers")).status_code == 302


def test_every_part_of_the_admin_is_named_in_the_operators_language(admin_client):
    admin_client.cookies["django_language"] = "de"
    page = admin_client.get("/admin/")
    named = {app["app_label"]: str(app["name"]) for app in page.context["app_list"]}
    own = ("battles", "catalog", "labels", "ledger", "boards")
    names = ["Duelle", "Modelle", "Etiketten", "Registereinträge", "Ranglisten"]
    assert [named[app] for app in own] == names


def test_the_options_that_a_probe_proposes_become_a_version_by_one_action(admin_client):
    version = make_version(
        backend="openai", base_url="https://93.184.216.34/v1", learned='{"thinks":true}'
    )
    assert "It proposes options." in text_of(admin_client.get(LIST))
    page = text_of(admin_client.get(f"{LIST}{version.card.pk}/change/"))
    assert '{"thinks":true}' in page
    answer = act(admin_client, "adopt", version.card)
    assert "1 model: A new version is being tried." in text_of(answer)
    assert [v.options for v in version.card.versions.all()] == ['{"thinks":true}', ""]
    assert "proposes no options" in text_of(act(admin_client, "adopt", version.card))


@pytest.mark.parametrize(("sealed", "shown"), [("", "False"), ("sealed-key", "True")])
def test_a_stored_version_says_whether_it_has_a_key_and_not_which(admin_client, sealed, shown):
    version = make_version(sealed_key=sealed)
    address = reverse("admin:catalog_modelcard_change", args=[version.card_id])
    page = admin_client.get(address).content.decode()
    row = re.search(r'field-key.*?alt="(\w+)"', page, re.DOTALL)
    assert row is not None
    assert row[1] == shown
    assert "sealed-key" not in page
