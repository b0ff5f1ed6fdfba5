"""One reader per process for all open battles."""

from __future__ import annotations

import asyncio
import os
import signal
from uuid import uuid4

import pytest
from msgspec.structs import replace
from redis.exceptions import RedisError

from arena.core.redis import client
from arena.live import following
from arena.live import hub as module
from arena.live.following import BattleFollower
from arena.live.pacing import BattleView
from arena.rendering.markdown import render
from inference_worker.wire import keys, leases, presence, stream
from inference_worker.wire.leases import LeaseHolder
from inference_worker.wire.stream import StreamAppend
from tests.arena.live.sockets import eventually
from tests.full import full
from tests.inference_worker.making import request

QUEUES = {"a": "inference", "b": "inference"}


class Writer:
    """A worker's pen on one side's attempt."""

    def __init__(self, name, side="a", attempt=1):
        made = replace(request(), stream=name, side=side, attempt=attempt, queue="elsewhere")
        leases.prepare(client(), made)
        self.holder, self.number = LeaseHolder(name, side, made.fence, "owner"), 0
        self.write("started")

    def write(self, kind, text=""):
        event = (self.number, kind, text)
        assert stream.append(client(), [StreamAppend(self.holder, (event,))]) == ["ok"]
        self.number += 1


def follower(name):
    return BattleFollower(name, BattleView(state="generating"), QUEUES)


def wait_in_line(one, side, score):
    """The side's attempt is known to the page, and stands in the line."""
    place = keys.address(f"{one.stream}{side}")
    one.expect(side, attempt=1, address=place)
    client().zadd(keys.queue("inference"), {place: score})


def text(one, side="a"):
    return one.scene.panes[side].text


@pytest.fixture
def name():
    return uuid4().hex


async def test_what_is_written_arrives(hub, name):
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    writer.write("delta", "hello")
    await eventually(lambda: text(reader) == "hello")


async def test_what_was_written_before_is_there_at_once(hub, name):
    writer = Writer(name)
    writer.write("delta", "so far")
    reader = follower(name)
    await hub.follow(reader)
    assert text(reader) == "so far"


async def test_reasoning_leaves_nothing_on_a_page_not_even_a_gap(hub, name):
    thinks, plain = follower(name), follower(name)
    one, other = Writer(name), Writer(name, "b")
    for reader in (thinks, plain):
        await hub.follow(reader)
        reader.scene.frames()
    for _ in range(5):
        one.write("reasoning", "a secret trace")
    await hub.follow(late := follower(name))
    assert thinks.scene.frames() == []
    for writer in (one, other):
        writer.write("delta", "yes")
        writer.write("ended")
    for reader in (thinks, plain, late):
        await eventually(
            lambda one=reader: {p.state for p in one.scene.panes.values()} == {"ended"}
        )
    frames = [frame for one in (thinks, late) for frame in one.scene.frames()]
    assert "secret" not in str(frames)
    # A page that was there is told of no change of the places, a late one that there are none.
    same = {"side": "", "places": []}
    shown = [frame | same for frame in frames if frame["type"] == "side" and not frame["places"]]
    assert len(shown) == 4
    assert shown == [shown[0]] * len(shown)


async def test_a_stop_after_reasoning_has_the_number_that_comes_next(hub, name):
    reader = follower(name)
    made = replace(request(), stream=name, side="a", attempt=1, queue="elsewhere")
    leases.prepare(client(), made)
    events = [(0, "started", ""), *((n, "reasoning", "so") for n in range(1, 6))]
    stream.append(
        client(), [StreamAppend(LeaseHolder(name, "a", made.fence, "owner"), tuple(events))]
    )
    await hub.follow(reader)
    stream.close(client(), made, kind="stopped")
    await eventually(lambda: reader.scene.panes["a"].state == "stopped")
    assert reader.scene.panes["a"].number == 1


async def test_two_pages_on_one_battle_read_the_same(hub, name):
    readers, writer = [follower(name), follower(name)], Writer(name)
    for reader in readers:
        await hub.follow(reader)
    for n in range(50):
        writer.write("delta", f"{n} ")
    writer.write("ended")
    whole = "".join(f"{n} " for n in range(50))
    await eventually(lambda: [text(reader) for reader in readers] == [whole, whole])


async def test_battles_are_kept_apart(hub):
    readers = {name: follower(name) for name in ("one", "two")}
    for name, reader in readers.items():
        await hub.follow(reader)
        Writer(name).write("delta", name)
    await eventually(lambda: all(text(reader) == name for name, reader in readers.items()))


async def test_who_joins_while_it_streams_loses_and_repeats_nothing(hub, name):
    writer, readers = Writer(name), []
    for n in range(300):
        writer.write("delta", f"{n} ")
        if n % 15 == 0:
            readers.append(follower(name))
            await hub.follow(readers[-1])
    whole = "".join(f"{n} " for n in range(300))
    await eventually(lambda: {text(reader) for reader in readers} == {whole})


async def test_joining_at_once_loses_and_repeats_nothing(hub, name):
    writer, readers = Writer(name), [follower(name) for _ in range(20)]
    joining = asyncio.gather(*(hub.follow(reader) for reader in readers))
    for n in range(200):
        writer.write("delta", f"{n} ")
        await asyncio.sleep(0)
    await joining
    whole = "".join(f"{n} " for n in range(200))
    await eventually(lambda: {text(reader) for reader in readers} == {whole})


async def test_more_than_a_batch_is_read_to_the_end(hub, name):
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    events = tuple((n, "delta", "x") for n in range(1, 1 + 3 * module.BATCH))
    stream.append(client(), [StreamAppend(writer.holder, events)])
    await eventually(lambda: text(reader) == "x" * 3 * module.BATCH)


async def test_a_new_battle_does_not_wait_for_the_blocking_read(hub, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_MS", 3_600_000)
    await hub.follow(follower("idle"))
    await asyncio.sleep(0.1)
    reader = follower("new")
    await hub.follow(reader)
    Writer("new").write("delta", "at once")
    await eventually(lambda: text(reader) == "at once")


async def test_an_entry_that_nobody_of_ours_wrote_stops_nobody(hub, name):
    reader, writer, before = follower(name), Writer(name), following.dropped()
    await hub.follow(reader)
    for entry in ({"k": "nonsense"}, {"s": "c", "t": "1", "n": "0", "k": "delta", "x": "y"}):
        client().xadd(keys.events(name), entry)
        client().xadd(writer.holder.keys[2], entry)
    writer.write("delta", "goes on")
    await eventually(lambda: text(reader) == "goes on")
    assert following.dropped() == before + 4


async def test_who_left_hears_nothing_more(hub, name):
    stays, leaves, writer = follower(name), follower(name), Writer(name)
    await hub.follow(stays)
    await hub.follow(leaves)
    hub.leave(leaves)
    writer.write("delta", "more")
    await eventually(lambda: text(stays) == "more")
    assert text(leaves) == ""


async def test_the_reading_ends_with_the_last_one(hub, name):
    reader = follower(name)
    await hub.follow(reader)
    hub.leave(reader)
    await eventually(lambda: hub._task.done())
    assert (hub._followers, hub._cursors) == ({}, {})


async def test_the_reading_begins_again_with_the_next_one(hub, name):
    first = follower("first")
    await hub.follow(first)
    hub.leave(first)
    await eventually(lambda: hub._task.done())
    reader = follower(name)
    await hub.follow(reader)
    Writer(name).write("delta", "again")
    await eventually(lambda: text(reader) == "again")


async def test_leaving_twice_is_like_once(hub, name):
    reader = follower(name)
    await hub.follow(reader)
    hub.leave(reader)
    hub.leave(reader)


async def test_an_open_page_is_a_present_voter(hub, name):
    await hub.follow(follower(name))
    await eventually(lambda: presence.voters_gone(client(), [name]) == [])


async def test_a_full_store_lets_pages_open_and_voters_stay(hub, name, monkeypatch):
    monkeypatch.setattr("arena.live.hub.PRESENCE_SECONDS", 0.0)
    presence.voter_here(client(), name)
    with full(client()):
        client().pexpire(keys.presence(name), 5000)
        await hub.follow(follower(name))
        await eventually(lambda: client().pttl(keys.presence(name)) > 6000)


async def test_a_page_that_waits_hears_its_place(hub, name):
    reader = follower(name)
    for n in range(3):
        client().zadd(keys.queue("inference"), {f"other-{n}": n})
    wait_in_line(reader, "a", 10)
    await hub.follow(reader)
    await eventually(lambda: reader.scene.ahead == 3)


async def test_the_nearer_side_gives_the_place(hub, name):
    reader = follower(name)
    wait_in_line(reader, "b", 1)
    client().zadd(keys.queue("inference"), {"other": 2})
    wait_in_line(reader, "a", 3)
    await hub.follow(reader)
    await eventually(lambda: reader.scene.ahead == 0)


async def test_a_flush_loses_nothing_that_is_written_after_it(hub, name):
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    writer.write("delta", "before")
    await eventually(lambda: text(reader) == "before")
    client().flushall()
    Writer(name).write("delta", "after")
    await eventually(lambda: text(reader) == "after")


async def test_who_joins_after_a_flush_does_not_wait_for_what_is_gone(hub, name):
    first, second, writer = follower(name), follower(name), Writer(name)
    await hub.follow(first)
    writer.write("delta", "before")
    await eventually(lambda: text(first) == "before")
    client().flushall()
    async with asyncio.timeout(30):
        await hub.follow(second)
    Writer(name).write("delta", "after")
    await eventually(lambda: [text(first), text(second)] == ["after", "after"])


async def test_cut_connections_are_opened_anew(hub, name):
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    client().execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    writer.write("delta", "still here")
    await eventually(lambda: text(reader) == "still here")


async def test_a_redis_that_hangs_for_a_while_is_waited_for(hub, name):
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    process = client().info("server")["process_id"]
    os.kill(process, signal.SIGSTOP)
    try:
        await asyncio.sleep(0.3)
    finally:
        os.kill(process, signal.SIGCONT)
    writer.write("delta", "back")
    await eventually(lambda: text(reader) == "back")


async def test_a_fault_that_nobody_foresaw_ends_no_reading(hub, name, monkeypatch, caplog):
    reader, writer, faults = follower(name), Writer(name), [LookupError(name)] * 4
    monkeypatch.setattr(module, "FAULT_SECONDS", (0.001, 0.002, 0.003))
    ask_places = hub._ask_places

    async def stumbling():
        if faults:
            raise faults.pop()
        await ask_places()

    monkeypatch.setattr(module, "PLACES_SECONDS", 0.0)
    monkeypatch.setattr(hub, "_ask_places", stumbling)
    await hub.follow(reader)
    await eventually(lambda: not faults)
    writer.write("delta", "goes on")
    await eventually(lambda: text(reader) == "goes on")
    pauses = [record.args[1] for record in caplog.records if record.levelname == "ERROR"]
    assert pauses == [0.001, 0.002, 0.003, 0.003]
    assert name not in caplog.text


async def test_without_redis_following_is_an_error(settings, unused_tcp_port):
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}/0"
    alone = module.StreamHub()
    reader = follower("x")
    with pytest.raises(RedisError):
        await alone.follow(reader)
    alone.leave(reader)
    await alone._redis.aclose()


async def test_it_says_how_many_sockets_and_battles_it_follows(hub, name):
    readers = [follower(name), follower(name), follower(uuid4().hex)]
    for reader in readers:
        await hub.follow(reader)
    assert await asyncio.to_thread(module.followed) == (3, 2)
    for reader in readers:
        hub.leave(reader)
    assert module.followed() == (0, 0)


async def test_one_loop_has_one_hub(hub):
    assert module.hub() is hub


async def test_the_page_ends_with_what_the_whole_text_renders_to(hub, name):
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    for piece in ("# A\n\nb *c", "*\n\n- d\n", "- e\n\nf"):
        writer.write("delta", piece)
    writer.write("ended")
    await eventually(lambda: reader.scene.panes["a"].state == "ended")
    assert reader.scene.panes["a"].frames()[0]["html"] == render("# A\n\nb *c*\n\n- d\n- e\n\nf")


async def test_the_next_attempt_is_read_wherever_it_is(hub, name):
    reader, first = follower(name), Writer(name)
    await hub.follow(reader)
    first.write("delta", "one")
    second = Writer(name, attempt=2)
    second.write("delta", "two")
    first.write("delta", "late")
    await eventually(lambda: text(reader) == "two")
    await eventually(lambda: set(hub._readers) == {reader.own, second.holder.keys[2]})


async def test_an_attempt_that_is_over_in_the_database_is_not_read_again(hub, name):
    writer, reader = Writer(name), follower(name)
    writer.write("delta", "of the stream")
    reader.scene.panes["a"].load(attempt=1, state="ended", text="stored", code="")
    await hub.follow(reader)
    assert set(hub._readers) == {reader.own}
    assert text(reader) == "stored"


async def test_a_worker_says_nothing_of_the_other_side_or_the_battle(hub, name):
    reader, writer, other = follower(name), Writer(name), Writer(name, side="b")
    await hub.follow(reader)
    answer = writer.holder.keys[2]
    for kind in ("voting_opened", "answered", "voted", "opened", "stopped"):
        client().xadd(answer, {"s": "b", "t": "1", "n": "1", "k": kind, "x": other.holder.keys[2]})
    client().xadd(answer, {"s": "b", "t": "9", "n": "1", "k": "delta", "x": "forged"})
    client().xadd(answer, {"n": "1", "k": "delta", "x": "mine"})
    await eventually(lambda: text(reader) == "mine")
    assert (text(reader, "b"), reader.scene.state, reader.scene.ready) == ("", "generating", "")


async def test_what_leaves_a_gap_or_comes_twice_is_dropped(hub, name):
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    before = following.dropped()
    for number in (0, 2, 1, 1):
        entry = {"n": str(number), "k": "delta", "x": f"{number} "}
        client().xadd(writer.holder.keys[2], entry)
    await eventually(lambda: following.dropped() == before + 3)
    assert text(reader) == "1 "


async def test_an_answer_has_a_greatest_length(hub, name, settings):
    settings.ANSWER_MAX_CHARACTERS = 10
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    for _ in range(3):
        writer.write("delta", "sevens.")
    writer.write("ended")
    await eventually(lambda: reader.scene.panes["a"].state == "ended")
    assert text(reader) == "sevens.sev"


async def test_what_the_site_says_of_an_answer_comes_after_all_of_it(hub, name):
    """However long the worker's log is, and however late it is read."""
    reader, writer = follower(name), Writer(name)
    await hub.follow(reader)
    events = tuple((n, "delta", "x") for n in range(1, 1 + 3 * module.BATCH))
    stream.append(client(), [StreamAppend(writer.holder, events)])
    made = replace(request(), stream=name, fence=writer.holder.fence)
    assert stream.close(client(), made, kind="stopped") == "ok"
    await eventually(lambda: reader.scene.panes["a"].state == "stopped")
    assert text(reader) == "x" * 3 * module.BATCH
