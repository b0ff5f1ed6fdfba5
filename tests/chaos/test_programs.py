"""Short versions of the programs in this folder; their targets hold at any length."""

from __future__ import annotations

import random

import pytest

from tests.chaos import (
    endpoint_killed,
    failing_card,
    full_stores,
    leaks,
    noise_uploads,
    redis_restart,
    sign_in_guesses,
    votes_at_once,
    worker_kill,
)
from tests.stack import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def missed(figures):
    return [figure for figure in figures if figure.ok is False]


async def test_of_many_votes_at_once_one_is_stored_and_all_answers_name_it(stack):
    found = await votes_at_once.rush(stack, battles=2, votes=25, seed=1)
    assert missed(votes_at_once.figures(found, battles=2, votes=25)) == []


async def test_of_guesses_at_once_five_are_tried(stack):
    sign_in_guesses.create(stack, ["one"])
    found = await sign_in_guesses.besiege(stack, name="one", addresses=4, guesses=24)
    assert missed(sign_in_guesses.figures([found], guesses=24)) == []


async def test_nothing_before_the_vote_names_a_model(stack):
    found = await leaks.scan(stack, battles=4)
    assert missed(leaks.figures(found)) == []


@pytest.mark.parametrize("moment", ["queued", "decode", "ending"])
async def test_a_battle_survives_the_death_of_its_worker(stack, moment, monkeypatch):
    """Not timed: how soon it goes on, on a busy machine, is for the program to say."""
    monkeypatch.setattr(worker_kill, "TARGET_SECONDS", worker_kill.PATIENCE_SECONDS)
    found = await worker_kill.play(stack, moment, random.Random(1))
    assert missed(worker_kill.figures([found])) == []


@pytest.fixture
def long_answers(stack):
    """The models write long enough that some battle still runs when Redis dies."""
    change = "UPDATE catalog_modelversion SET source = ? WHERE id = ?"
    rows = stack.rows("SELECT id, source FROM catalog_modelversion")
    for row in rows:
        stack.execute(change, f"{row['source']},tokens=80,rate=20", row["id"])
    yield
    for row in rows:
        stack.execute(change, row["source"], row["id"])


@pytest.mark.usefixtures("long_answers")
async def test_no_battle_is_stuck_and_no_vote_lost_when_redis_forgets_everything(stack):
    found = await redis_restart.restart(
        stack, battles=4, votes=2, seed=1, down=0.5, patience=240, pause=0.1
    )
    assert missed(redis_restart.figures(found, patience=240)) == []


async def test_endpoints_that_die_are_not_seen_to_and_a_worker_that_goes_is_said():
    """Two programs on one stack; the second kills another endpoint than the first."""
    card, found = failing_card.FailingCard(), endpoint_killed.Afterwards()
    settings = {**endpoint_killed.SETTINGS, **failing_card.UNIFORM}
    with (
        endpoint_killed.speaking(5) as endpoints,
        running(cards=endpoints.cards(), settings=settings) as stack,
    ):
        # Two of five models are drawn for each: of so many the dead one is drawn three times.
        given = {"battles": 40, "visitors": 1, "seed": 1, "tick": lambda: None}
        await failing_card.fight(stack, endpoints, card, **given)
        assert missed(failing_card.figures(card, visitors=1)) == []
        given = {"battles": 40, "seed": 5, "tick": lambda: None}
        await endpoint_killed.kill_one(stack, endpoints, found, **given)
        await endpoint_killed.retire_worker(stack, found, battles=4)
    assert found.failed == 0
    assert found.noticed < float("inf")
    # Three failures, and what the other visitors had drawn before the third was known.
    assert found.touched < 3 + 2 * endpoint_killed.VISITORS
    assert found.open_ends == 0
    assert set(found.refusals) == {503}


async def test_a_redis_that_is_full_refuses_battles_and_stores_votes(stack):
    found = await full_stores.endure(stack, "Redis", full_stores.full_redis(stack))
    assert set(found.answers) == {503}
    assert (found.hopeless, found.lost, found.ended) == (0, 0, [])
    assert set(found.votes) == {200}
    assert found.after == "voting"


async def test_noise_ends_nobody_elses_battle(stack):
    found = await noise_uploads.siege(stack, networks=2, senders=1, voters=1, seconds=5)
    assert found.ends["voted"] == found.accepted > 0
    assert (found.ended, dict(found.odd)) == ([], {})
    assert found.redis < 0.8
