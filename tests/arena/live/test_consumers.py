"""The battle's socket, through the whole application."""

from __future__ import annotations

import asyncio
import threading

import pytest
from msgspec.structs import replace

from arena.battles.models import Battle, Generation
from arena.battles.states import BattleState
from arena.core.redis import client
from arena.live import consumers
from arena.orchestration import services
from arena.rendering import markdown
from arena.rendering.markdown import render
from arena.voters.services import end_sign_ins
from inference_worker.wire import keys, presence
from tests.arena.live.sockets import Page, cookie_of, ended, eventually, finish, in_thread
from tests.arena.orchestration.working import Worker
from tests.factories import ballot, make_battle, make_models, make_voter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]

TEXT = "# A\n\nOne *two*.\n\n- three\n- four\n\nfive"


async def test_a_whole_battle_from_the_line_to_an_agreement(page, workers):
    one = await page()
    await one.until(lambda p: p.ahead == 0)
    for worker in workers.values():
        worker.answer(*TEXT)
    await one.until(ended)
    assert one.html == {"a": render(TEXT), "b": render(TEXT)}
    for worker in workers.values():
        await finish(worker)
    await one.until(lambda p: p.state == "agreed")


async def test_the_first_text_is_there_before_the_last_is_written(page, workers):
    one = await page()
    workers["a"].start("first ")
    await one.until(lambda p: p.open["a"] == "first ")
    workers["a"].write("delta", "last")
    await one.until(lambda p: p.open["a"] == "first last")


async def test_neither_side_waits_for_the_other(page, workers):
    one = await page()
    workers["b"].answer("done")
    await one.until(lambda p: p.sides.get("b", {}).get("state") == "ended")
    assert one.sides["a"]["state"] == "waiting"


async def test_a_question_that_one_refuses_is_cleared_from_both_panes(page, workers):
    one = await page()
    workers["b"].answer("All of it.")
    await finish(workers["b"])
    await one.until(lambda p: p.sides.get("b", {}).get("state") == "ended")
    workers["a"].answer(end="failed", code="refused")
    refused = workers["a"].outcome(status="failed", code="refused")
    await in_thread(services.finish_generation, refused)
    await one.until(lambda p: all(p.sides[side]["code"] == "refused" for side in "ab"))
    assert {one.sides[side]["state"] for side in "ab"} == {"failed"}
    assert one.html["b"] + one.open["b"] == ""
    await one.until(lambda p: p.state == "failed")


async def test_it_begins_with_both_sides_whole_and_then_the_battle(page):
    one = await page()
    await one.until(lambda p: p.state is not None)
    first = [(frame["type"], frame.get("side"), frame.get("reset")) for frame in one.frames[:3]]
    assert first == [("side", "a", True), ("side", "b", True), ("battle", None, None)]


async def test_a_reload_in_mid_answer_shows_all_of_it(page, workers):
    one = await page()
    workers["a"].start(*TEXT[:20])
    await one.until(lambda p: p.sides.get("a", {}).get("number") == 20)
    await one.leave()
    for piece in TEXT[20:]:
        workers["a"].write("delta", piece)
    again = await page()
    workers["a"].write("ended")
    await again.until(lambda p: p.sides.get("a", {}).get("state") == "ended")
    assert again.html["a"] == render(TEXT)


@pytest.mark.parametrize("cut", range(0, len(TEXT) + 1, 7))
async def test_a_reload_at_any_point_ends_with_the_stored_text(page, workers, cut):
    workers["a"].start(*TEXT[:cut])
    one = await page()
    await one.until(lambda p: p.sides.get("a", {}).get("number") == cut)
    await one.leave()
    for piece in TEXT[cut:]:
        workers["a"].write("delta", piece)
    workers["a"].write("ended")
    await finish(workers["a"])
    again = await page()
    await again.until(lambda p: p.sides.get("a", {}).get("state") == "ended")
    assert again.html["a"] == render(workers["a"].text) == render(TEXT)


async def test_two_pages_of_one_voter_show_the_same(page, workers):
    pages = [await page(), await page()]
    for worker in workers.values():
        worker.answer(*TEXT)
    for one in pages:
        await one.until(ended)
    assert pages[0].html == pages[1].html == {"a": render(TEXT), "b": render(TEXT)}


@pytest.mark.parametrize("public_id", ["nobodys", "x" * 22, "1", "a" * 3000])
async def test_an_absent_battle_closes_with_its_code(page, public_id):
    assert await (await page(public_id)).close_code() == consumers.NOT_FOUND


@pytest.mark.parametrize("cookie", ["", "voter=forged", "voter=", "voter=a:b:c", "x" * 5000])
async def test_a_stranger_is_told_the_same(page, cookie):
    assert await (await page(cookie=cookie)).close_code() == consumers.NOT_FOUND


async def test_somebody_else_is_told_the_same(page):
    other = cookie_of(await in_thread(make_voter))
    assert await (await page(cookie=other)).close_code() == consumers.NOT_FOUND


@pytest.mark.parametrize("odd", ["a@b=1; ", "{}=2; ", '"x=; ', "é=1; ", "=; ;; "])
async def test_another_programs_odd_cookie_does_no_harm(page, battle, odd):
    one = await page(cookie=odd + cookie_of(battle.voter))
    await one.until(lambda p: p.state == "generating")


async def test_a_foreign_page_opens_nothing(battle):
    foreign = Page(battle.public_id, cookie_of(battle.voter), origin=b"https://evil.example")
    assert await foreign.connect() == "websocket.close"


async def test_whatever_a_browser_says_changes_nothing(page, workers):
    one = await page()
    for said in ('{"type":"side"}', "stop", "\0", "x" * 60_000):
        await one.line.send_input({"type": "websocket.receive", "text": said})
    await one.line.send_input({"type": "websocket.receive", "bytes": b"\xff\x00"})
    workers["a"].start("unmoved")
    await one.until(lambda p: p.open["a"] == "unmoved")


async def test_a_battle_whose_stream_has_expired_shows_what_is_stored(page, workers):
    for worker in workers.values():
        worker.answer(TEXT)
        await finish(worker)
    client().flushall()
    one = await page()
    await one.until(lambda p: p.state == "agreed")
    assert one.html == {"a": render(TEXT), "b": render(TEXT)}


@pytest.mark.parametrize("state", ["voted", "skipped", "expired"])
async def test_a_battle_that_is_over_says_so(page, state):
    battle = await in_thread(make_battle, state=state)
    one = await page(battle.public_id, cookie_of(battle.voter))
    await one.until(lambda p: p.state == state)
    assert one.html["a"] == render("I am side a.")


async def test_the_vote_opens_though_its_announcement_was_lost(page, workers, monkeypatch):
    monkeypatch.setattr(consumers, "ASK_SECONDS", 0.05)
    one = await page()
    for worker in workers.values():
        worker.answer("x")
    await one.until(ended)
    await in_thread(Generation.objects.update, state="ended", text="x")
    await in_thread(Battle.objects.update, state="voting")
    await one.until(lambda p: p.state == "voting")


async def test_an_end_that_nobody_announced_is_found_out(page, workers, monkeypatch):
    monkeypatch.setattr(consumers, "QUIET_SECONDS", 0.05)
    one = await page()
    workers["a"].start("so far")
    await one.until(lambda p: p.open["a"] == "so far")
    await in_thread(Generation.objects.update, state="failed", code="unavailable")
    await in_thread(Battle.objects.update, state="failed")
    await one.until(lambda p: p.state == "failed")
    assert one.sides["a"]["code"] == "unavailable"


async def test_an_ended_sign_in_closes_a_quiet_page_and_is_no_fault(
    page, battle, workers, monkeypatch, caplog
):
    monkeypatch.setattr(consumers, "QUIET_SECONDS", 0.05)
    one = await page()
    workers["a"].start("so far")
    await one.until(lambda p: p.open["a"] == "so far")
    await in_thread(end_sign_ins, voter=battle.voter_id)
    assert await one.close_code() == consumers.NOT_FOUND
    assert "a socket ends" not in caplog.text


async def test_a_side_that_is_merely_slow_is_left_alone(page, workers, monkeypatch):
    monkeypatch.setattr(consumers, "QUIET_SECONDS", 0.02)
    one = await page()
    workers["a"].start("slow")
    await one.until(lambda p: p.open["a"] == "slow")
    await asyncio.sleep(0.2)
    workers["a"].write("delta", " and steady")
    await one.until(lambda p: p.open["a"] == "slow and steady")


async def test_a_stop_is_seen_at_once(page, battle, workers):
    one = await page()
    workers["a"].start("so far")
    await one.until(lambda p: p.open["a"] == "so far")
    await in_thread(services.end_battle, battle=battle, to=BattleState.STOPPED)
    await one.until(lambda p: p.state == "stopped")
    assert one.html["a"] == render("so far")


@pytest.mark.parametrize("to", [BattleState.SKIPPED, BattleState.EXPIRED])
async def test_every_page_learns_of_a_battles_end(page, battle, to):
    pages = [await page(), await page()]
    await in_thread(services.end_battle, battle=battle, to=to)
    for one in pages:
        await one.until(lambda p: p.state == to)


async def test_every_page_learns_of_a_vote_and_not_which(page, battle, workers):
    pages = [await page(), await page()]
    for worker in workers.values():
        await finish(worker.answer(worker.side))
    for one in pages:
        await one.until(lambda p: p.state == "voting")
    await in_thread(services.cast_vote, **ballot(battle), choice="tie")
    for one in pages:
        await one.until(lambda p: p.state == "voted")
        assert one.frames[-1] == {"type": "battle", "state": "voted", "ahead": None}


async def test_after_a_retry_a_reload_shows_no_old_failure(page, battle, workers):
    for worker in workers.values():
        worker.answer(end="failed", code="timeout")
        outcome = worker.outcome(status="failed", code="timeout")
        await in_thread(services.finish_generation, outcome)
    await in_thread(services.retry_battle, battle=battle)
    one = await page()
    await one.until(lambda p: p.state is not None)
    assert [one.state, *(one.sides[side]["state"] for side in "ab")] == [
        "generating",
        "waiting",
        "waiting",
    ]


async def test_after_a_retry_the_new_answer_is_shown(page, battle, workers):
    one = await page()
    workers["a"].start("old")
    await in_thread(services.end_battle, battle=battle, to=BattleState.STOPPED)
    await one.until(lambda p: p.state == "stopped")
    await in_thread(services.retry_battle, battle=battle)
    (await in_thread(Worker, battle, "a")).start("new")
    await one.until(lambda p: p.open["a"] == "new")
    assert (one.html["a"], one.sides["a"]["attempt"]) == ("", 2)


async def test_who_waits_sees_the_line_move(page, battle):
    for n in range(2):
        client().zadd(keys.queue("inference"), {f"other-{n}:a": n})
    one = await page()
    await one.until(lambda p: p.ahead == 2)
    client().zrem(keys.queue("inference"), "other-0:a", "other-1:a")
    await one.until(lambda p: p.ahead == 0)


async def test_a_page_that_closes_is_forgotten(page, hub):
    one = await page()
    await one.until(lambda p: p.state is not None)
    await one.leave()
    assert hub._followers == {}


async def test_a_page_that_is_cut_off_by_the_server_is_forgotten(page, hub):
    one = await page()
    await one.until(lambda p: p.state is not None)
    one.line.future.cancel()
    await eventually(lambda: hub._followers == {})


@pytest.mark.parametrize(
    ("code", "most"), [(1001, presence.VOTER_SECONDS), (1012, presence.RETURN_SECONDS)]
)
async def test_a_page_that_closes_is_gone_sooner_than_one_whose_server_restarts(page, code, most):
    one = await page()
    await one.until(lambda p: p.state is not None)
    here = keys.presence(one.public_id)
    await eventually(lambda: client().ttl(here) > presence.VOTER_SECONDS)
    await one.leave(code)
    assert most - 5 < client().ttl(here) <= most


async def test_a_voter_whose_web_process_was_killed_is_waited_for(page, hub):
    one = await page()
    await eventually(lambda: client().ttl(keys.presence(one.public_id)) > presence.VOTER_SECONDS)
    one.line.future.cancel()
    await eventually(lambda: hub._followers == {})
    assert client().ttl(keys.presence(one.public_id)) > presence.VOTER_SECONDS


async def test_a_reader_that_stalls_is_closed(battle, monkeypatch):
    monkeypatch.setattr(consumers, "STALLED_SECONDS", 0.05)
    line = Page(battle.public_id, cookie_of(battle.voter)).line
    sent, said = [], asyncio.Queue()
    said.put_nowait({"type": "websocket.connect"})
    running = asyncio.create_task(line.application(line.scope, said.get, stalling(sent)))
    await eventually(lambda: sent and sent[-1]["type"] == "websocket.close")
    assert sent[-1]["code"] == consumers.UNAVAILABLE
    said.put_nowait({"type": "websocket.disconnect", "code": 1013})
    await running


def stalling(sent):
    """A browser that takes the first byte of a frame and no more."""

    async def send(message):
        sent.append(message)
        if message["type"] == "websocket.send":
            await asyncio.sleep(3600)

    return send


async def test_without_redis_the_page_is_told_to_come_back(page, unused_tcp_port, hub):
    hub._redis.connection_pool.connection_kwargs["port"] = unused_tcp_port
    await hub._redis.connection_pool.disconnect()
    assert await (await page()).close_code() == consumers.UNAVAILABLE


async def test_a_long_answer_is_parsed_in_a_thread(page, workers, monkeypatch):
    threads = set()

    def noted(text):
        threads.add(threading.current_thread())
        return [text]

    monkeypatch.setattr(markdown, "_render_blocks", noted)
    one = await page()
    for worker in workers.values():
        worker.answer("[" * 5_000 + worker.side)
    await one.until(ended)
    assert threads
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("code", ["length", "repetition"])
async def test_an_answer_that_was_cut_says_so_live_and_stored(page, workers, code):
    one = await page()
    workers["a"].answer("so far", code=code)
    workers["b"].answer("whole")
    await one.until(ended)
    assert [one.sides[side]["code"] for side in "ab"] == [code, ""]
    outcome = replace(workers["a"].outcome(), finish=code)
    await in_thread(services.finish_generation, outcome)
    again = await page()
    await again.until(lambda p: p.sides.get("a", {}).get("state") == "ended")
    assert again.sides["a"]["code"] == code


async def test_no_frame_names_a_model(page, battle, workers):
    one = await page()
    workers["a"].answer("x")
    workers["b"].answer("y", end="failed", code="quetzal-vision-7b says 401")
    await one.until(lambda p: p.state == "failed")
    assert "quetzal" not in str(one.frames)
    assert "finch" not in str(one.frames)
    assert "shipped" not in str(one.frames)


async def test_a_side_that_fails_without_a_word_and_goes_to_another_is_never_seen_to_fail(
    page, battle, workers
):
    await in_thread(make_models, "heron-7b")
    one = await page()
    workers["a"].answer(end="failed", code="unavailable")
    workers["b"].answer("The other.")
    await one.until(lambda p: ended_side(p, "b"))
    await finish(workers["a"], status="failed", code="unavailable")
    second = await in_thread(Worker, battle, "a")
    await in_thread(second.answer, "Its answer.")
    await one.until(lambda p: ended_side(p, "a"))
    assert "failed" not in {frame["state"] for frame in one.frames}
    assert one.html["a"] == render("Its answer.")


async def test_a_side_that_fails_without_a_word_and_goes_to_nobody_is_told_by_the_site(
    page, workers
):
    one = await page()
    workers["a"].answer(end="failed", code="timeout")
    await finish(workers["a"], status="failed", code="timeout")
    await one.until(lambda p: p.sides.get("a", {}).get("state") == "failed")
    assert one.sides["a"]["code"] == "timeout"


def ended_side(page, side):
    return page.sides.get(side, {}).get("state") == "ended"
