from __future__ import annotations

import pytest

from inference_worker.wire.events import FINAL, KINDS, TERMINAL, Event, decode, encode
from inference_worker.wire.messages import MalformedMessage


def as_redis_gives_it(fields):
    return {key.encode(): value.encode() for key, value in fields.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_survives_its_entry(kind):
    event = Event(side="b", attempt=2, number=7, kind=kind, text="größer 🙂\n")
    assert decode(as_redis_gives_it(encode(event))) == event


def test_terminal_kinds_end_a_side():
    assert {"ended", "failed", "stopped"} == TERMINAL


def test_the_kinds_are_a_closed_list():
    others = {"started", "restarted", "delta", "voting_opened"}
    assert set(KINDS) == TERMINAL | FINAL | others
    assert {"voted", "skipped", "expired"} == FINAL


@pytest.mark.parametrize("change", [{b"k": b"shouted"}, {b"n": b"x"}, {b"x": b"\xff"}])
def test_what_encode_did_not_make_is_refused(change):
    entry = as_redis_gives_it(encode(Event(side="a", attempt=1, number=0, kind="started")))
    with pytest.raises(MalformedMessage):
        decode({**entry, **change})


def test_an_entry_without_a_field_is_refused():
    with pytest.raises(MalformedMessage):
        decode({b"k": b"delta"})
