from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import DrawPlan
from arena.boards import selectors
from arena.boards.services import draw_plans
from arena.boards.services.updating import update_live_boards
from tests.factories import make_models, make_vote, make_votes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(no_layer):
    pass


def test_before_a_plan_the_policy_has_words_and_no_numbers():
    policy = selectors.pairing_policy()
    assert (policy.strategy, policy.pairs, policy.as_of) == ("fewest_votes", 0, None)
    assert "few votes" in str(policy.words)


@pytest.mark.parametrize("strategy", ["uniform", "fewest_votes", "a_optimal"])
def test_every_strategy_has_words(settings, strategy):
    settings.DRAW_POLICY = strategy
    assert str(selectors.pairing_policy().words)


def test_the_numbers_are_those_of_the_plan_in_force(settings):
    settings.DRAW_POLICY = "uniform"
    first, *_ = make_models("first", "second", "third")
    first.card.weight = 2.0
    first.card.save()
    update_live_boards()
    policy = selectors.pairing_policy()
    assert (policy.models, policy.pairs) == (3, 3)
    assert policy.lowest == pytest.approx(0.2)
    assert policy.highest == policy.median == pytest.approx(0.4)
    assert policy.as_of == DrawPlan.objects.latest().created_at


def test_the_floor_is_what_no_pair_falls_below(settings):
    settings.DRAW_FLOOR = 0.6
    first, second, *_ = make_models("first", "second", "third")
    make_votes(*[(first, second, "a")] * 30)
    update_live_boards()
    assert selectors.pairing_policy().lowest >= 0.6 / 3
    assert selectors.pairing_policy().floor == 0.6


def test_a_new_floor_makes_a_new_plan(settings):
    make_models("first", "second")
    update_live_boards()
    before = DrawPlan.objects.latest()
    settings.DRAW_FLOOR = 0.5
    update_live_boards()
    assert DrawPlan.objects.latest().pk > before.pk


def test_on_a_large_ledger_a_plan_stands_for_a_while(monkeypatch):
    monkeypatch.setattr(draw_plans, "ENTRIES_A_SECOND", 0.1)
    first, second, _ = make_models("first", "second", "third")
    make_vote(first, second)
    update_live_boards()
    before = DrawPlan.objects.latest()
    make_vote(first, second)
    update_live_boards()
    assert DrawPlan.objects.latest().pk == before.pk
    later = timezone.now() - timedelta(seconds=31)
    DrawPlan.objects.update(created_at=later)
    update_live_boards()
    assert DrawPlan.objects.latest().pk > before.pk


def test_a_card_that_joins_is_not_kept_waiting(monkeypatch):
    monkeypatch.setattr(draw_plans, "ENTRIES_A_SECOND", 0.1)
    first, second = make_models("first", "second")
    make_vote(first, second)
    update_live_boards()
    make_models("third")
    update_live_boards()
    assert selectors.pairing_policy().models == 3
