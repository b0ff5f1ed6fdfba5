"""Only versions that can answer now are drawn, with the probability of that very draw."""

from __future__ import annotations

import pytest
from redis import Redis

from arena.battles.models import DrawPlan
from arena.battles.selectors import pairing, reading
from arena.battles.selectors.pairing import NotEnoughModels
from arena.battles.states import BattleState
from arena.catalog import selectors as catalog
from arena.catalog.models import VersionHealth
from arena.catalog.services import record_end
from arena.core.redis import client
from arena.orchestration import services
from arena.orchestration.services import outcomes
from inference_worker.wire import keys
from tests.arena.orchestration.working import Worker
from tests.factories import make_card, make_models, make_version, make_voter, make_worker

PAIRS = [
    ["m-four", "m-one", 0.1],
    ["m-four", "m-three", 0.05],
    ["m-four", "m-two", 0.05],
    ["m-one", "m-three", 0.2],
    ["m-one", "m-two", 0.6],
    ["m-three", "m-two", 0.0],
]


def fail(version, times=3, code="unavailable"):
    for _ in range(times):
        record_end(version=version, code=code)


def draws(count=60):
    """By pair, the probabilities that were given with it."""
    found = {}
    for _ in range(count):
        first, second, _policy, probability = pairing.draw_matchup()
        pair = frozenset({first.card.slug, second.card.slug})
        found.setdefault(pair, set()).add(round(probability, 9))
    return found


@pytest.fixture
def four():
    versions = make_models("m-four", "m-one", "m-three", "m-two")
    DrawPlan.objects.create(policy="fewest_votes", pairs=PAIRS)
    return {version.card.slug: version for version in versions}


def test_a_version_that_is_out_is_not_drawn_and_the_others_keep_their_proportions(four):
    fail(four["m-four"])
    found = draws()
    assert set(found) <= {frozenset({"m-one", "m-three"}), frozenset({"m-one", "m-two"})}
    assert found[frozenset({"m-one", "m-two"})] == {0.75}
    assert found.get(frozenset({"m-one", "m-three"}), {0.25}) == {0.25}


def test_where_the_plan_has_no_pair_left_the_draw_is_even(four):
    fail(four["m-four"])
    fail(four["m-one"])
    assert draws(5) == {frozenset({"m-three", "m-two"}): {1.0}}
    assert pairing.draw_matchup()[2] == "uniform"


def test_a_version_whose_queue_nobody_serves_is_not_drawn():
    make_models("m-one", "m-two")
    make_version(make_card("heavy", queue="gpu"))
    assert set(draws(20)) == {frozenset({"m-one", "m-two"})}
    make_worker("gpu", "inference")
    assert len(draws()) == 3


def test_with_fewer_than_two_there_is_no_battle(four):
    for slug in ("m-one", "m-two", "m-three"):
        fail(four[slug])
    with pytest.raises(NotEnoughModels) as refused:
        pairing.draw_matchup()
    assert (refused.value.status, refused.value.retry_after) == (503, 10)


def test_a_visitor_hears_that_and_when_to_come_back(stranger, models):
    fail(models[0])
    response = stranger.ask()
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    page = stranger.get("/")
    assert (page.status_code, page["Retry-After"]) == (503, "10")
    assert models[0].card.name not in page.content.decode()


@pytest.mark.parametrize("code", ["unavailable", "timeout", "overloaded", "internal"])
def test_answers_that_fail_take_their_version_out(models, picture, commit, code):
    """Through the worker's own callback, battle after battle."""
    question = services.BattleInput(picture=picture, prompt="?")
    broken = models[0].pk
    for _ in range(3):
        battle = commit(services.start_battle, voter=make_voter(), question=question)
        for side in "ab":
            worker = Worker(battle, side).answer("x")
            failed = {"status": "failed", "code": code} if worker.row.version_id == broken else {}
            commit(services.finish_generation, worker.outcome(**failed))
    with pytest.raises(NotEnoughModels):
        pairing.draw_matchup()
    assert VersionHealth.objects.get().version_id == broken


def test_what_a_voter_stops_or_what_waits_too_long_is_no_failure(battle, commit):
    rows = reading.generations_of(battle)
    commit(outcomes.give_up, rows[0], "overloaded")
    commit(services.end_battle, battle=battle, to=BattleState.STOPPED)
    assert not VersionHealth.objects.exists()


def test_a_redis_that_is_away_takes_nobody_out(four, monkeypatch, unused_tcp_port):
    away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setattr(catalog, "client", lambda: away)
    assert len(catalog.available(catalog.active_versions())) == 4


def test_the_list_of_who_is_there_is_all_that_is_asked_of_redis(four):
    assert client().exists(keys.WORKERS)
    before = client().dbsize()
    pairing.draw_matchup()
    assert client().dbsize() == before
