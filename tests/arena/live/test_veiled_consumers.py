"""A veiled battle's socket, through the whole application."""

from __future__ import annotations

import pytest

from arena.battles import services
from arena.battles.models import Battle, Generation
from arena.battles.states import BattleState
from arena.core.markdown import render
from arena.core.redis import client
from arena.core.veil import STEP
from arena.live import consumers
from inference_worker.wire import keys
from tests.arena.battles.working import Worker
from tests.arena.live.sockets import Page, cookie_of, ended, finish, in_thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]

LONG = "# A\n\nOne *two*.\n\n- three\n- four\n\n" + "five six seven " * 6
SHORT = "Just this, and no more of it."


@pytest.fixture(autouse=True)
def _veil(settings):
    settings.PACING = "veiled"


def lengths(page):
    """How much plain text is open on each side; texts without a blank line have no other."""
    return {side: len(text) for side, text in page.open.items()}


def looks(page):
    """States and text of both sides; equal for both as long as the answers say the same."""
    frames = [page.sides[side] for side in "ab"]
    return [(f["state"], page.html[f["side"]], page.open[f["side"]], f["code"]) for f in frames]


async def fail(worker):
    """All of an attempt, callback and all, that comes to nothing."""
    outcome = worker.answer(end="failed", code="timeout").outcome(status="failed", code="timeout")
    await in_thread(services.finish_generation, outcome)


async def test_a_whole_battle_ends_with_both_stored_texts(page, workers):
    one = await page()
    workers["a"].answer(*LONG)
    workers["b"].answer(*SHORT)
    await one.until(ended)
    assert one.html == {"a": render(LONG), "b": render(SHORT)}
    for worker in workers.values():
        await finish(worker)
    await one.until(lambda p: p.state == "voting")


@pytest.mark.parametrize(("quick", "slow"), [("a", "b"), ("b", "a")])
async def test_the_quick_side_waits_for_the_slow_one(page, workers, quick, slow):
    one = await page()
    workers[quick].answer(*"x" * 8 * STEP)
    for steps in (1, 2, 3):
        if steps == 1:
            workers[slow].start()
        for _ in range(STEP):
            workers[slow].write("delta", "x")
        await one.until(lambda p, n=steps * STEP: lengths(p) == {"a": n, "b": n})
        assert looks(one)[0] == looks(one)[1]
    assert one.sides["a"]["state"] == "streaming"


@pytest.mark.parametrize(("refuser", "other"), [("a", "b"), ("b", "a")])
async def test_who_refused_a_question_cannot_be_told(page, workers, refuser, other):
    one = await page()
    workers[other].answer(*LONG)
    await finish(workers[other])
    worker = workers[refuser].answer(end="failed", code="refused")
    said = worker.outcome(status="failed", code="refused")
    await in_thread(services.finish_generation, said)
    await one.until(lambda p: p.state == "failed")
    assert looks(one) == [("failed", "", "", "refused")] * 2


async def test_frames_come_in_pairs_and_are_the_same_for_both(page, workers):
    one = await page()
    workers["b"].answer(*LONG)
    workers["a"].start(*LONG[:50])
    await finish(workers["b"])
    for piece in LONG[50:]:
        workers["a"].write("delta", piece)
    workers["a"].write("ended")
    await one.until(ended)
    sides = [{**frame, "side": ""} for frame in one.frames if frame["type"] == "side"]
    assert sides[::2] == sides[1::2]


@pytest.mark.parametrize("over", ["a", "b"])
async def test_a_reload_shows_nothing_of_the_side_that_ended_first(page, workers, over):
    [running] = {"a", "b"} - {over}
    workers[over].answer(LONG)
    await finish(workers[over])
    workers[running].start(LONG[: 2 * STEP])
    one = await page()
    await one.until(lambda p: p.state is not None)
    assert looks(one)[0] == looks(one)[1]
    assert one.sides[over]["state"] == "streaming"


async def test_a_second_tab_and_a_reload_end_with_the_stored_text(page, workers):
    workers["a"].answer(LONG)
    await finish(workers["a"])
    workers["b"].start(LONG[:40])
    pages = [await page(), await page()]
    workers["b"].write("delta", LONG[40:])
    workers["b"].write("ended")
    pages.append(await page())
    for one in pages:
        await one.until(ended)
        assert one.html == {"a": render(LONG), "b": render(LONG)}


async def test_a_failure_is_told_with_the_other_sides_end(page, workers):
    one = await page()
    await fail(workers["a"])
    workers["b"].start(LONG)
    await one.until(lambda p: p.sides.get("b", {}).get("state") == "streaming")
    assert "timeout" not in str(one.frames)
    workers["b"].write("ended")
    await one.until(lambda p: p.state == "failed")
    assert [one.sides[side]["state"] for side in "ab"] == ["failed", "ended"]


async def test_a_stop_says_nothing_of_what_had_ended(page, battle, workers):
    one = await page()
    workers["a"].answer(SHORT)
    await finish(workers["a"])
    workers["b"].start(SHORT)
    await in_thread(services.end_battle, battle=battle, to=BattleState.STOPPED)
    await one.until(lambda p: p.state == "stopped")
    again = await page()
    await again.until(lambda p: p.state == "stopped")
    for shown in (one, again):
        assert looks(shown) == [("stopped", render(SHORT[:STEP]), "", "")] * 2


async def test_after_a_retry_both_come_in_step_from_the_start(page, battle, workers):
    one = await page()
    await fail(workers["a"])
    workers["b"].answer(SHORT)
    await finish(workers["b"])
    await one.until(lambda p: p.state == "failed")
    await in_thread(services.retry_battle, battle=battle)
    (await in_thread(Worker, battle, "a")).answer(LONG)
    await one.until(lambda p: p.state == "generating")
    assert looks(one) == [("waiting", "", "", "")] * 2
    (await in_thread(Worker, battle, "b")).answer(SHORT)
    await one.until(ended)
    assert one.html == {"a": render(LONG), "b": render(SHORT)}


async def test_who_waits_sees_the_line_move_and_not_whose(page, workers):
    for n in range(2):
        client().zadd(keys.queue("inference"), {f"other-{n}:a": n})
    workers["a"].start(LONG)
    one = await page()
    await one.until(lambda p: p.ahead == 2)
    assert looks(one) == [("waiting", "", "", "")] * 2


async def test_a_battle_whose_stream_has_expired_shows_what_is_stored(page, workers):
    for worker in workers.values():
        await finish(worker.answer(SHORT))
    client().flushall()
    one = await page()
    await one.until(lambda p: p.state == "voting")
    assert one.html == {"a": render(SHORT), "b": render(SHORT)}


async def test_an_end_that_nobody_announced_is_found_out(page, workers, monkeypatch):
    monkeypatch.setattr(consumers, "QUIET_SECONDS", 0.05)
    one = await page()
    workers["a"].answer(SHORT)
    workers["b"].start(SHORT)
    await one.until(lambda p: p.open["a"] == SHORT[:STEP])
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
