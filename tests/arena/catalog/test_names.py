"""Two cards that could meet in a battle don't bear one name."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from arena.catalog import selectors, services
from arena.catalog.models import ModelCard
from arena.core.errors import Conflict
from arena.onboarding import services as onboarding
from arena.operations import checkup
from arena.probes import dispatch
from tests.arena.at_once import at_once
from tests.arena.onboarding.test_admin import LIST, NEW, NO_NEW_VERSION, act, text_of
from tests.factories import make_card, make_version

pytestmark = pytest.mark.django_db
SENTENCE = "has this name already"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)


def add(name, **fields):
    card = ModelCard(slug="other", name=name, **fields)
    return onboarding.add_model(card=card, recipe=services.VersionSettings(source="org/other"))


@pytest.mark.parametrize("state", ["draft", "active"])
@pytest.mark.parametrize(
    "name", ["Quiet Heron", "quiet  heron", "QUIET HERON\u200b", "Ｑuiet Heron"]
)
def test_a_name_that_looks_like_anothers_is_refused(state, name):
    make_card("heron", name="Quiet Heron", state=state)
    with pytest.raises(Conflict, match=SENTENCE):
        add(name)
    assert ModelCard.objects.count() == 1


def test_a_retired_card_leaves_its_name_to_others_and_does_not_come_back_under_it():
    old = make_version(make_card("heron", name="Quiet Heron", state="retired")).card
    new = add("Quiet Heron").card
    with pytest.raises(Conflict, match="passed a probe"):
        services.activate(card=new)
    make_version(new)
    services.activate(card=new)
    with pytest.raises(Conflict, match=SENTENCE):
        services.activate(card=old)
    services.retire(card=new)
    services.activate(card=old)


def test_the_form_says_whose_name_it_is(admin_client):
    make_card("heron", name="Newcomer")
    page = text_of(admin_client.post(f"{LIST}add/", {**NEW, "name": "NEW COMER"}))
    assert f"Newcomer (heron) {SENTENCE}" in page
    assert ModelCard.objects.count() == 1


def test_renaming_a_card_is_checked_and_a_kept_name_is_not(admin_client):
    make_card("heron", name="Quiet Heron")
    twin = make_card("newt", name="quiet heron")  # of a release that did not look
    form = {"name": twin.name, "queue": "inference", "weight": "2", **NO_NEW_VERSION}
    admin_client.post(f"{LIST}{twin.pk}/change/", form)
    twin.refresh_from_db()
    assert twin.weight == 2.0
    page = text_of(admin_client.post(f"{LIST}{twin.pk}/change/", {**form, "name": "Quiet HERON"}))
    assert SENTENCE in page


def test_activating_from_the_list_is_refused_with_the_sentence(admin_client):
    make_card("heron", name="Quiet Heron")
    twin = make_version(make_card("newt", name="quiet heron", state="draft")).card
    assert SENTENCE in text_of(act(admin_client, "activate", twin))
    twin.refresh_from_db()
    assert twin.state == "draft"


@pytest.mark.django_db(transaction=True)
def test_of_two_with_one_name_that_are_activated_at_once_one_is_refused():
    twins = [make_version(make_card(slug, name="Heron", state="draft")).card for slug in ("a", "b")]

    def activate(card):
        try:
            services.activate(card=card)
        except Conflict:
            return "refused"
        return "activated"

    assert sorted(at_once(activate, twins)) == ["activated", "refused"]


def test_the_doctor_names_the_twins_of_an_older_release():
    assert checkup.names().ok
    make_card("heron", name="Quiet Heron")
    make_card("newt", name="quiet heron", state="draft")
    make_card("gone", name="Quiet Heron", state="retired")
    found = checkup.names()
    assert (found.ok, found.says) == (False, "one name for heron and newt")
    assert [[card.slug for card in cards] for cards in selectors.namesakes()] == [["heron", "newt"]]


def test_a_name_of_its_own_passes_every_check():
    card = make_card("heron", name="Quiet Heron")
    card.full_clean()
    with pytest.raises(ValidationError, match=SENTENCE):
        ModelCard(slug="newt", name="quiet heron").full_clean()
