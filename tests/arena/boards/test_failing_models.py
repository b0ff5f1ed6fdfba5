"""A model that stops answering must not soak up the draw: a failed battle brings no vote."""

from __future__ import annotations

import pytest

from arena.battles.models import DrawPlan
from arena.battles.selectors.pairing import draw_matchup
from arena.boards.services.draw_plans import CEILING
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import VersionHealth
from arena.catalog.services import record_end
from tests.factories import make_models, make_vote, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture(autouse=True)
def _worker(valkey_url):
    """Whose queue is served can answer."""
    make_worker()


def share(slug):
    """Of all battles, by the plan in force."""
    update_live_boards()
    return sum(pair[2] for pair in DrawPlan.objects.latest().pairs if slug in pair[:2])


def vote(versions, rounds):
    """Everybody with the next one, so often."""
    for _ in range(rounds):
        for first, second in zip(versions, [*versions[1:], versions[0]], strict=True):
            make_vote(first, second)


@pytest.mark.parametrize("policy", ["fewest_votes", "a_optimal"])
@pytest.mark.parametrize("models", [4, 20])
def test_a_new_model_that_is_dead_from_the_start_stays_under_a_bound(settings, policy, models):
    settings.DRAW_POLICY = policy
    dead, *others = make_models(*(f"model-{n:02}" for n in range(models)))
    vote(others, 3)
    bound = max(CEILING, 3 / models) + 1e-5
    assert 2 / models < share(dead.card.slug) <= bound
    for _ in range(3):
        assert share(dead.card.slug) <= bound
        record_end(version=dead, code="unavailable")
    for _ in range(50):
        assert dead not in draw_matchup()[:2]


def test_failures_count_like_votes_so_a_dead_model_is_not_the_one_with_the_fewest():
    dead, *others = make_models(*(f"model-{n}" for n in range(6)))
    vote([dead, *others], 5)
    before = share(dead.card.slug)
    assert before == pytest.approx(1 / 3)
    VersionHealth.objects.create(version=dead, failures=40)
    vote(others, 10)
    assert share(dead.card.slug) < before


def test_of_four_endpoints_one_that_breaks_costs_three_battles():
    versions = make_models("one", "two", "three", "four")
    vote(versions, 5)
    broken, touched = versions[0], []
    for _ in range(60):
        first, second, _policy, probability = draw_matchup()
        assert 0 < probability <= 1
        touched.append(broken in (first, second))
        if touched[-1]:
            record_end(version=broken, code="unavailable")
        else:
            make_vote(first, second)
        assert share("one") <= 3 / 4 + 1e-5
    assert sum(touched) == 3


def test_a_plan_is_made_again_when_a_model_fails():
    dead, _other, _third = make_models("dead", "other", "third")
    update_live_boards()
    plan = DrawPlan.objects.latest().pk
    record_end(version=dead, code="timeout")
    update_live_boards()
    assert DrawPlan.objects.latest().pk > plan
    update_live_boards()
    assert DrawPlan.objects.count() == 1
