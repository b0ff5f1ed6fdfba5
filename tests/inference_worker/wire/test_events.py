from __future__ import annotations

import pytest

from inference_worker.wire.events import (
    FINAL,
    KINDS,
    TERMINAL,
    WORKERS,
    Event,
    decode,
    decode_answer,
    encode,
)
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
    others = {"started", "restarted", "delta", "opened", "voting_opened"}
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


def said(**changes):
    """An entry of a worker's log."""
    return as_redis_gives_it({"n": "3", "k": "delta", "x": "word", **changes})


def test_side_and_attempt_of_a_workers_event_are_the_readers():
    """Whatever else the worker writes into it."""
    event = decode_answer(said(s="a", t="9"), side="b", attempt=2)
    assert event == Event(side="b", attempt=2, number=3, kind="delta", text="word")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - WORKERS))
def test_a_worker_says_nothing_of_the_battle(kind):
    with pytest.raises(MalformedMessage):
        decode_answer(said(k=kind), side="a", attempt=1)


@pytest.mark.parametrize("number", ["-1", "2147483648", "x", "1e3", "9" * 5000])
def test_a_workers_number_is_one(number):
    with pytest.raises(MalformedMessage):
        decode_answer(said(n=number), side="a", attempt=1)
