"""A veiled battle's socket, through the whole application, with a quick timetable."""

from __future__ import annotations

import asyncio

import pytest

from arena.battles import lockstep
from arena.battles.models import Battle, Generation
from arena.battles.states import BattleState
from arena.core.redis import client
from arena.live import consumers
from arena.orchestration import services
from arena.rendering.markdown import render
from inference_worker.wire import keys
from tests.arena.live.sockets import Page, cookie_of, ended, finish, in_thread
from tests.arena.orchestration.working import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]

PIECE = 50
LONG = "# A\n\nOne *two*.\n\n- three\n- four\n\n" + "five six seven " * 6
SHORT = "Just this, and no more of it. " * 2


@pytest.fixture(autouse=True)
def _veil(settings, monkeypatch):
    settings.PACING, settings.VEILED_SECONDS = "veiled", 0.1
    settings.VEILED_PACE = PIECE / 4 / 0.03
    for name, seconds in (("GRID", 0.1), ("BEAT", 0.03)):
        monkeypatch.setattr(lockstep, name, seconds)


def looks(page):
    """States and text of both sides; equal for both as long as the answers say the same."""
    frames = [page.sides[side] for side in "ab"]
    return [(f["state"], page.html[f["side"]], page.open[f["side"]], f["code"]) for f in frames]


async def fail(worker):
    """All of an attempt, callback and all, that comes to nothing."""
    outcome = worker.answer(end="failed", code="timeout").outcome(status="failed", code="timeout")
    await in_thread(services.finish_generation, outcome)


async def settle(battle):
    """What the site's worker does when the answers have been shown."""
    while (await Battle.objects.aget(pk=battle.pk)).state == BattleState.GENERATING:
        await in_thread(services.settle_battle, battle.public_id)
        await asyncio.sleep(0.02)


async def test_a_whole_battle_ends_with_both_stored_texts(page, battle, workers):
    one = await page()
    for side, text in (("a", LONG), ("b", SHORT)):
        await finish(workers[side].answer(*text))
    await settle(battle)
    await one.until(lambda p: p.state == "voting")
    assert one.html == {"a": render(LONG), "b": render(SHORT)}
    states = {frame["state"] for frame in one.frames if frame["type"] == "side"}
    assert states <= {"waiting", "streaming", "ended"}


@pytest.mark.parametrize(("quick", "slow"), [("a", "b"), ("b", "a")])
async def test_the_quick_side_waits_for_the_slow_one(page, workers, quick, slow):
    one = await page()
    workers[quick].answer(*"x" * 8 * PIECE)
    workers[slow].start()
    for pieces in (1, 2):
        for _ in range(PIECE):
            workers[slow].write("delta", "x")
        await one.until(lambda p, n=pieces * PIECE: len(p.open["a"]) == len(p.open["b"]) == n)
        assert looks(one)[0] == looks(one)[1]
    assert one.sides["a"]["state"] == "streaming"


@pytest.mark.parametrize(("refuser", "other"), [("a", "b"), ("b", "a")])
async def test_who_refused_a_question_cannot_be_told(page, battle, workers, refuser, other):
    one = await page()
    await finish(workers[other].answer(*LONG))
    worker = workers[refuser].answer(end="failed", code="refused")
    said = worker.outcome(status="failed", code="refused")
    await in_thread(services.finish_generation, said)
    await settle(battle)
    await one.until(lambda p: p.state == "failed")
    assert looks(one) == [("failed", "", "", "refused")] * 2


@pytest.mark.parametrize("over", ["a", "b"])
async def test_a_reload_shows_nothing_of_the_side_that_ended_first(page, workers, over):
    [running] = {"a", "b"} - {over}
    await finish(workers[over].answer("x" * 3 * PIECE))
    workers[running].start("x" * (PIECE + 9))
    one = await page()
    await one.until(lambda p: len(p.open["a"]) == len(p.open["b"]) == PIECE)
    assert looks(one)[0] == looks(one)[1]
    assert one.sides[over]["state"] == "streaming"


async def test_a_reload_after_both_ended_shows_no_end_and_votes_are_refused(
    page, battle, workers, settings
):
    settings.VEILED_SECONDS = 30.0
    for side, text in (("a", LONG), ("b", SHORT)):
        await finish(workers[side].answer(text))
    one = await page()
    await one.until(lambda p: p.state == "generating")
    assert looks(one) == [("waiting", "", "", "")] * 2
    ballot = {"voter": battle.voter_id, "public_id": battle.public_id, "choice": "a"}
    with pytest.raises(services.NotVotable):
        await in_thread(services.cast_vote, **ballot)


async def test_a_second_tab_and_a_reload_end_with_the_stored_text(page, battle, workers):
    await finish(workers["a"].answer(LONG))
    workers["b"].start(LONG[:40])
    pages = [await page(), await page()]
    workers["b"].write("delta", SHORT)
    workers["b"].write("ended")
    pages.append(await page())
    await finish(workers["b"])
    await settle(battle)
    for one in pages:
        await one.until(ended)
        assert one.html == {"a": render(LONG), "b": render(LONG[:40] + SHORT)}


async def test_a_failure_is_told_with_the_other_sides_end(page, battle, workers):
    one = await page()
    await fail(workers["a"])
    workers["b"].start(LONG)
    await one.until(lambda p: p.sides.get("b", {}).get("state") == "streaming")
    assert "timeout" not in str(one.frames)
    workers["b"].write("ended")
    await finish(workers["b"])
    await settle(battle)
    await one.until(lambda p: p.state == "failed")
    assert [one.sides[side]["state"] for side in "ab"] == ["failed", "ended"]


@pytest.mark.parametrize("both", [True, False])
async def test_a_stop_says_nothing_of_what_had_ended(page, battle, workers, both, settings):
    settings.VEILED_SECONDS, settings.VEILED_PACE = 0.0, PIECE / 4 / 30
    lockstep.BEAT = 30.0
    one = await page()
    await finish(workers["a"].answer(LONG))
    workers["b"].start(LONG + "!")
    if both:
        workers["b"].write("ended")
        await finish(workers["b"])
    await in_thread(services.end_battle, battle=battle, to=BattleState.STOPPED)
    await one.until(lambda p: p.state == "stopped")
    again = await page()
    await again.until(lambda p: p.state == "stopped")
    for shown in (one, again):
        assert looks(shown) == [("stopped", render(LONG[:PIECE]), "", "")] * 2
    await in_thread(services.retry_battle, battle=battle)


async def test_after_a_retry_both_come_in_step_from_the_start(page, battle, workers):
    one = await page()
    await fail(workers["a"])
    await finish(workers["b"].answer(SHORT))
    await settle(battle)
    await one.until(lambda p: p.state == "failed")
    await in_thread(services.retry_battle, battle=battle)
    again = [await in_thread(Worker, battle, side) for side in "ab"]
    await finish(again[0].answer(LONG))
    await one.until(lambda p: p.state == "generating")
    assert looks(one) == [("waiting", "", "", "")] * 2
    await finish(again[1].answer(SHORT))
    pages = [one, await page()]
    await settle(battle)
    for shown in pages:
        await shown.until(lambda p: p.state == "voting")
        assert shown.html == {"a": render(LONG), "b": render(SHORT)}


async def test_who_waits_sees_the_line_move_and_not_whose(page, workers):
    for n in range(2):
        client().zadd(keys.queue("inference"), {f"other-{n}:a": n})
    workers["a"].start(LONG)
    one = await page()
    await one.until(lambda p: p.ahead == 2)
    assert looks(one) == [("waiting", "", "", "")] * 2


async def test_a_battle_whose_stream_has_expired_shows_what_is_stored(page, battle, workers):
    for worker in workers.values():
        await finish(worker.answer(SHORT))
    client().flushall()
    one = await page()
    await settle(battle)
    await one.until(lambda p: p.state == "agreed")
    assert one.html == {"a": render(SHORT), "b": render(SHORT)}


async def test_an_end_that_nobody_announced_is_found_out(page, workers, monkeypatch):
    monkeypatch.setattr(consumers, "QUIET_SECONDS", 0.05)
    one = await page()
    workers["a"].answer(SHORT)
    workers["b"].start(SHORT)
    await one.until(lambda p: p.open["a"] == SHORT[:PIECE])
    await in_thread(Generation.objects.update, state="failed", code="unavailable")
    await in_thread(Battle.objects.update, state="failed")
    await one.until(lambda p: p.state == "failed")
    assert {one.sides[side]["code"] for side in "ab"} == {"unavailable"}


async def test_a_battle_that_began_live_stays_live(page, battle, workers):
    await in_thread(Battle.objects.update, pacing="live")
    one = await page()
    workers["a"].start("at once")
    await one.until(lambda p: p.open["a"] == "at once")


async def test_it_is_somebody_elses_secret_like_any(battle):
    stranger = Page(battle.public_id, cookie_of(battle.voter) + "x")
    assert await stranger.connect() == "websocket.accept"
    assert await stranger.close_code() == consumers.NOT_FOUND
