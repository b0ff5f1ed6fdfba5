from __future__ import annotations

import pytest

from inference_worker.wire import keys, leases, stream
from inference_worker.wire.events import FINAL, StreamEvent
from inference_worker.wire.leases import LeaseHolder
from inference_worker.wire.stream import StreamAppend
from tests.inference_worker.making import again, prepared, request

STARTED = (0, "started", "")
HELLO = (1, "delta", "hello ")
ENDED = (2, "ended", "")


def claimed(valkey, **more):
    side = prepared(valkey, **more)
    leases.claim(valkey, LeaseHolder(side.stream, side.side, side.fence, "one"), queue=side.queue)
    return side


def append(valkey, side, *events):
    holder = LeaseHolder(side.stream, side.side, side.fence, "one")
    return stream.append(valkey, [StreamAppend(holder, events)])[0]


def log(valkey, side):
    return [(e.number, e.kind, e.text) for e in stream.read(valkey, side.stream)]


def status(valkey, side):
    slot = leases.observe(valkey, [side.fence])[0]
    return (slot.state, slot.status, slot.code)


def test_events_are_read_as_they_were_appended(valkey):
    side = claimed(valkey)
    assert append(valkey, side, STARTED, HELLO) == "ok"
    assert append(valkey, side, ENDED) == "ok"
    assert log(valkey, side) == [STARTED, HELLO, ENDED]


def test_a_repeated_append_changes_nothing(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED, HELLO)
    assert append(valkey, side, STARTED, HELLO, ENDED) == "ok"
    assert log(valkey, side) == [STARTED, HELLO, ENDED]


def test_a_repeated_last_append_is_still_ok(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED, HELLO, ENDED)
    assert append(valkey, side, ENDED) == "ok"


def test_a_gap_is_refused(valkey):
    side = claimed(valkey)
    assert append(valkey, side, HELLO) == "gap"
    assert log(valkey, side) == []


def test_without_the_fence_nothing_is_written(valkey):
    side = claimed(valkey)
    again(valkey, side)
    assert append(valkey, side, STARTED) == "lost"
    assert log(valkey, side) == []


def test_a_side_that_redis_forgot_takes_nothing(valkey):
    forgotten = claimed(valkey)
    leases.forget(valkey, forgotten)
    assert append(valkey, forgotten, STARTED) == "lost"


def test_the_last_event_ends_the_side_and_its_lease(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED, (1, "failed", "timeout"))
    assert status(valkey, side) == ("done", "failed", "timeout")
    assert not valkey.exists(keys.lease(keys.address(side.fence)))


def test_nothing_follows_the_last_event(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED, (1, "ended", ""))
    assert append(valkey, side, (2, "delta", "late")) == "lost"


def test_verdicts_come_in_order(valkey):
    good, bad = claimed(valkey), request()
    appends = [
        StreamAppend(LeaseHolder(s.stream, s.side, s.fence, "one"), (STARTED,)) for s in (bad, good)
    ]
    assert stream.append(valkey, appends) == ["lost", "ok"]


def test_the_site_ends_a_side_at_once(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED)
    assert stream.close(valkey, side, kind="stopped") == "ok"
    assert log(valkey, side) == [STARTED, (1, "stopped", "")]


@pytest.mark.parametrize("late", [HELLO, (1, "ended", "")])
def test_a_worker_that_writes_after_the_site_ended_it_has_lost(valkey, late):
    side = claimed(valkey)
    append(valkey, side, STARTED)
    stream.close(valkey, side, kind="stopped")
    assert append(valkey, side, late) == "lost"
    assert log(valkey, side) == [STARTED, (1, "stopped", "")]


def test_an_ended_side_cannot_be_closed(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED, (1, "ended", ""))
    assert stream.close(valkey, side, kind="stopped") == "held"
    assert status(valkey, side)[1] == "ended"


@pytest.mark.parametrize("kind", ["voting_opened", "answered", *sorted(FINAL)])
def test_a_battles_own_events_have_a_kind_and_nothing_else(valkey, kind):
    stream.announce(valkey, stream="battle", kind=kind)
    assert stream.read(valkey, "battle") == [StreamEvent(side="", attempt=0, number=0, kind=kind)]
    assert 0 < valkey.ttl(keys.events("battle")) <= leases.SLOT_SECONDS


def test_an_announcement_can_wait_in_a_pipeline(valkey):
    with valkey.pipeline(transaction=False) as pipe:
        stream.announce(pipe, stream="battle", kind="voted")
        assert stream.read(valkey, "battle") == []
        pipe.execute()
    assert [event.kind for event in stream.read(valkey, "battle")] == ["voted"]


def test_everything_expires(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED)
    place = keys.address(side.fence)
    names = [keys.events(side.stream), keys.slot(place), keys.answer(place)]
    assert all(0 < valkey.ttl(name) <= leases.SLOT_SECONDS for name in names)


def test_the_text_of_an_attempt_is_its_own_deltas(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED, HELLO)
    second = again(valkey, side)
    append(valkey, second, (0, "restarted", ""), (1, "delta", "once "), (2, "delta", "more"))
    events = stream.read(valkey, side.stream)
    assert stream.text_of(events, side="a", attempt=2) == "once more"
    assert stream.text_of(events, side="b", attempt=2) == ""


@pytest.mark.parametrize("identity", ["18446744073709551615-1", "9223372036854775807-0"])
def test_a_time_of_a_workers_making_is_long_ago(valkey, identity):
    side = claimed(valkey)
    valkey.xadd(keys.answer(keys.address(side.fence)), {"n": 0, "k": "started", "x": ""}, identity)
    events, last = stream.answer(valkey, side)
    assert [event.kind for event in events] == ["started"]
    assert last.year == 1970


def test_what_no_worker_of_ours_says_is_left_out_of_an_answer(valkey):
    side = claimed(valkey)
    append(valkey, side, STARTED, HELLO)
    valkey.xadd(keys.answer(keys.address(side.fence)), {"k": "voted"})
    assert [event.kind for event in stream.answer(valkey, side)[0]] == ["started", "delta"]
