from __future__ import annotations

import pytest

from inference_worker.wire.events import (
    FINAL,
    KINDS,
    TERMINAL,
    WORKERS,
    StreamEvent,
    decode,
    decode_answer,
    encode,
)
from inference_worker.wire.messages import MalformedMessage


def as_redis_gives_it(fields):
    return {key.encode(): value.encode() for key, value in fields.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_survives_its_entry(kind):
    event = StreamEvent(side="b", attempt=2, number=7, kind=kind, text="größer 🙂\n")
    assert decode(as_redis_gives_it(encode(event))) == event


def test_terminal_kinds_end_a_side():
    assert {"ended", "failed", "stopped"} == TERMINAL


def test_the_kinds_are_a_closed_list():
    workers = {"started", "restarted", "delta", "reasoning", "detection"}
    others = {*workers, "opened", "voting_opened", "answered", "taken_back"}
    assert set(KINDS) == TERMINAL | FINAL | others
    assert {"agreed", "voted", "skipped", "expired"} == FINAL


@pytest.mark.parametrize(
    "change",
    [
        {b"k": b"shouted"},
        {b"n": b"x"},
        {b"t": b"one"},
        {b"t": b"-1"},
        {b"s": b"c"},
        {b"x": b"\xff"},
        {b"y": b""},
    ],
)
def test_what_encode_did_not_make_is_refused(change):
    entry = as_redis_gives_it(encode(StreamEvent(side="a", attempt=1, number=0, kind="started")))
    with pytest.raises(MalformedMessage):
        decode({**entry, **change})


def test_an_entry_without_a_field_is_refused():
    with pytest.raises(MalformedMessage):
        decode({b"k": b"delta"})


def said(**changes):
    """An entry of a worker's log."""
    return as_redis_gives_it({"n": "3", "k": "delta", "x": "word", **changes})


def test_side_and_attempt_of_a_workers_event_are_the_readers():
    event = decode_answer(said(), side="b", attempt=2)
    assert event == StreamEvent(side="b", attempt=2, number=3, kind="delta", text="word")


def test_a_worker_says_neither_side_nor_attempt():
    with pytest.raises(MalformedMessage, match="more fields"):
        decode_answer(said(s="a", t="9"), side="b", attempt=2)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - WORKERS))
def test_a_worker_says_nothing_of_the_battle(kind):
    with pytest.raises(MalformedMessage):
        decode_answer(said(k=kind), side="a", attempt=1)


NO_NUMBERS = ["", "-1", "+1", "1_0", " 1", "007", "2147483648", "x", "1e3", "9" * 5000, "\u0661"]


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_workers_number_is_one(number):
    with pytest.raises(MalformedMessage):
        decode_answer(said(n=number), side="a", attempt=1)
