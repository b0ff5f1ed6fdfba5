from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import DrawPlan
from arena.battles.selectors.pairing import draw_matchup
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard, cards
from arena.catalog.states import CardState
from tests.factories import make_card, make_models, make_version, make_vote, make_votes, make_worker

pytestmark = pytest.mark.django_db


def plan():
    update_live_boards()
    return DrawPlan.objects.latest()


def models_of(plan):
    return {slug for pair in plan.pairs for slug in pair[:2]}


def test_a_plan_stands_before_the_first_vote():
    make_models("first", "second", "third")
    assert models_of(plan()) == {"first", "second", "third"}
    assert sum(pair[2] for pair in plan().pairs) == pytest.approx(1.0)


def test_an_activated_card_joins_and_a_retired_one_leaves():
    first, *_ = make_models("first", "second", "third")
    plan()
    make_models("fourth")
    assert models_of(plan()) == {"first", "second", "third", "fourth"}
    first.card.state = CardState.RETIRED
    first.card.save()
    assert models_of(plan()) == {"second", "third", "fourth"}


def test_only_cards_with_a_version_that_passed_are_drawn():
    make_models("first", "second")
    make_version(make_card("failed"), probe="failed")
    make_version(make_card("draft", state=CardState.DRAFT))
    make_card("empty")
    assert models_of(plan()) == {"first", "second"}


def test_the_operators_weight_multiplies_the_chance(settings):
    settings.DRAW_POLICY = "uniform"
    first, *_ = make_models("first", "second", "third")
    first.card.weight = 3.0
    first.card.save()
    chance = {frozenset(pair[:2]): pair[2] for pair in plan().pairs}
    assert chance[frozenset({"first", "second"})] == pytest.approx(3 / 7)
    assert chance[frozenset({"second", "third"})] == pytest.approx(1 / 7)


@pytest.mark.parametrize(("hours", "weight"), [(1, 6.0), (-1, 2.0)])
def test_a_boost_multiplies_the_weight_until_it_ends(settings, hours, weight):
    settings.DRAW_POLICY = "uniform"
    make_models("first", "second", "third")
    until = timezone.now() + timedelta(hours=hours)
    ModelCard.objects.filter(slug="first").update(weight=2.0, boost=3.0, boost_until=until)
    chance = {frozenset(pair[:2]): pair[2] for pair in plan().pairs}
    assert chance[frozenset({"first", "second"})] == pytest.approx(weight / (2 * weight + 1))
    assert chance[frozenset({"second", "third"})] == pytest.approx(1 / (2 * weight + 1))


def test_a_plan_is_stale_once_a_boost_has_ended(monkeypatch):
    make_models("first", "second", "third")
    now = timezone.now()
    ModelCard.objects.filter(slug="first").update(boost=9.0, boost_until=now + timedelta(hours=1))
    boosted = plan()
    monkeypatch.setattr(cards.timezone, "now", lambda: now + timedelta(hours=2))
    assert plan().pk != boosted.pk
    assert {round(pair[2], 6) for pair in plan().pairs} == {round(1 / 3, 6)}


def test_the_chance_of_a_boosted_pair_is_stored_as_it_was_drawn(valkey_url):
    make_worker()
    make_models("first", "second", "third")
    until = timezone.now() + timedelta(hours=1)
    ModelCard.objects.filter(slug="first").update(boost=10.0, boost_until=until)
    chance = {frozenset(pair[:2]): pair[2] for pair in plan().pairs}
    a, b, _, probability = draw_matchup()
    assert probability == pytest.approx(chance[frozenset({a.card.slug, b.card.slug})])


def test_a_new_policy_takes_effect(settings):
    make_models("first", "second")
    plan()
    settings.DRAW_POLICY = "a_optimal"
    assert plan().policy == "a_optimal"


@pytest.mark.parametrize("policy", ["uniform", "fewest_votes", "a_optimal"])
def test_a_new_card_is_drawn_beside_voted_ones(settings, policy):
    settings.DRAW_POLICY = policy
    first, second, _ = make_models("first", "second", "third")
    make_votes(*[(first, second, "a")] * 12)
    new = [pair for pair in plan().pairs if "third" in pair]
    assert len(new) == 2
    assert all(pair[2] > 0 for pair in new)


def test_an_unchanged_plan_is_not_written_again():
    make_models("first", "second")
    assert plan().pk == plan().pk


def test_only_the_plan_in_force_is_kept():
    first, second = make_models("first", "second")
    plan()
    make_vote(first, second)
    plan()
    assert DrawPlan.objects.count() == 1


def test_the_draw_follows_the_plan(valkey_url):
    make_worker()
    first, second, _ = make_models("first", "second", "third")
    make_votes(*[(first, second, "a")] * 20)
    written = plan()
    *_, policy, probability = draw_matchup()
    assert policy == "fewest_votes"
    assert any(probability == pytest.approx(pair[2]) for pair in written.pairs)


def test_fewer_than_two_models_leave_an_empty_plan():
    make_models("alone")
    assert plan().pairs == []
