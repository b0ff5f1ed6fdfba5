from __future__ import annotations

import pytest

from arena.catalog import selectors, services
from arena.catalog.models import ModelCard
from arena.core.errors import Conflict
from arena.ledger.services.folding import fold
from arena.onboarding import services as onboarding
from arena.probes import dispatch
from tests.factories import make_card, make_models, make_version, make_vote

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)


def state_of(card):
    return ModelCard.objects.get(pk=card.pk).state


def test_adding_a_model_makes_a_draft_with_a_version_that_is_being_tried():
    card = ModelCard(slug="new", name="New", state="active")
    version = onboarding.add_model(card=card, recipe=services.VersionSettings(source="org/new"))
    assert (state_of(card), version.number, version.probe) == ("probing", 1, "running")
    assert version.spec.source == "org/new"


def test_versions_are_numbered_per_card():
    card = make_card()
    numbers = [
        onboarding.add_version(card=card, recipe=services.VersionSettings(source=f"x/{i}")).number
        for i in range(3)
    ]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("probe", ["pending", "running", "failed"])
def test_a_card_without_a_passed_version_is_not_activated(probe):
    card = make_card(state="draft")
    make_version(card, probe=probe)
    with pytest.raises(Conflict, match="passed a probe"):
        services.activate(card=card)
    assert state_of(card) == "draft"


def test_a_card_goes_in_and_out_of_the_draw():
    card = make_version(make_card(state="draft")).card
    services.activate(card=card)
    assert state_of(card) == "active"
    services.retire(card=card)
    assert state_of(card) == "retired"
    services.activate(card=card)
    assert state_of(card) == "active"


def test_activating_twice_is_no_error():
    card = make_version().card
    services.activate(card=card)
    assert state_of(card) == "active"


def test_the_newest_version_that_passed_is_the_one_that_is_drawn():
    card = make_card()
    make_version(card)
    second = make_version(card)
    make_version(card, probe="failed")
    assert card.current == second


def test_a_stored_version_is_immutable():
    version = make_version()
    version.source = "elsewhere"
    with pytest.raises(ValueError, match="immutable"):
        version.save()
    with pytest.raises(ValueError, match="immutable"):
        version.save(update_fields=["source"])


def test_operators_see_the_votes_of_each_card():
    first, second, _ = make_models("first", "second", "third")
    make_vote(first, second)
    make_vote(second, first, "tie")
    make_vote(first, second, "b")
    fold()
    votes = {card.slug: card.votes for card in selectors.cards_for_operators()}
    assert votes == {"first": 3, "second": 3, "third": 0}
