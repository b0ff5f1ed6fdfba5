from __future__ import annotations

import time

import pytest

from inference_worker import grounding
from inference_worker.answers import RunningAnswer
from inference_worker.grounding.reading import PictureSize
from inference_worker.wire.detections import MOST_UNREAD, UNREAD, places_in
from inference_worker.wire.leases import LIFE_SECONDS
from tests.inference_worker.making import request


class Nudges:
    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


def begun(**more):
    answer = RunningAnswer(request(**more), flush_soon=Nudges())
    answer.begin()
    return answer


def write(answer):
    """As the writer does: take, and hear that it was written."""
    events = answer.take()
    answer.written(events, "ok")
    return list(events)


def test_numbers_run_from_the_beginning_to_the_end():
    answer = begun()
    answer.add("hello ", 1)
    first = write(answer)
    answer.add("world", 1)
    answer.end("stop")
    assert first == [(0, "started", ""), (1, "delta", "hello ")]
    assert write(answer) == [(2, "delta", "world"), (3, "ended", "")]


def test_a_second_attempt_says_that_it_is_one():
    assert begun(attempt=2).take() == ((0, "restarted", ""),)


def test_text_between_two_writes_is_one_event():
    answer = begun()
    write(answer)
    for word in ("a ", "b ", "c"):
        answer.add(word, 1)
    assert write(answer) == [(1, "delta", "a b c")]


def test_beginning_and_first_text_ask_for_a_write_at_once_and_later_text_does_not():
    answer = begun()
    counts = [answer._flush_soon.count]
    for text in ("", "first", "second"):
        answer.add(text, 1)
        counts.append(answer._flush_soon.count)
    assert counts == [1, 1, 2, 2]


def test_what_was_not_written_is_given_again_with_the_same_numbers():
    answer = begun()
    answer.add("a", 1)
    answer.take()
    answer.add("b", 1)
    assert answer.take() == ((0, "started", ""), (1, "delta", "a"), (2, "delta", "b"))


def test_the_outcome_is_what_the_events_said():
    answer = begun()
    answer.opened("abc")
    answer.add("hello ", 1)
    answer.add("world", 1)
    answer.end("length")
    write(answer)
    outcome = answer.outcome("me")
    assert (outcome.status, outcome.text, outcome.finish) == ("ended", "hello world", "length")
    assert (outcome.tokens, outcome.worker, outcome.revision) == (2, "me", "abc")


def test_an_end_counts_once_it_is_written():
    answer = begun()
    answer.add("hello", 1)
    answer.end("stop")
    assert not answer.settled.is_set()
    assert answer.outcome("me").status == "lost"
    write(answer)
    assert answer.settled.is_set()


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_answer_that_says_nothing_is_a_failure(text):
    answer = begun()
    answer.add(text, 1)
    answer.end("stop")
    write(answer)
    assert (answer.outcome("me").status, answer.outcome("me").code) == ("failed", "empty")


def test_a_failure_keeps_what_was_said():
    answer = begun()
    answer.add("half", 1)
    answer.fail("timeout")
    assert write(answer)[-1] == (2, "failed", "timeout")
    assert (answer.outcome("me").code, answer.outcome("me").text) == ("timeout", "half")


def test_only_the_first_end_counts():
    answer = begun()
    answer.add("a", 1)
    answer.fail("timeout")
    answer.fail("internal")
    answer.end("stop")
    answer.add("b", 1)
    assert write(answer) == [(0, "started", ""), (1, "delta", "a"), (2, "failed", "timeout")]


def test_text_beyond_the_limit_is_cut():
    answer = begun(max_characters=5)
    answer.add("abc", 1)
    answer.add("defgh", 1)
    assert not answer.wanted
    assert write(answer)[1:] == [(1, "delta", "abcde"), (2, "ended", "length")]
    assert answer.outcome("me").finish == "length"


def test_an_answer_that_repeats_itself_is_stopped_and_keeps_what_was_said():
    answer = begun(max_characters=20_000)
    answer.add("Two cats.\n\n", 1)
    while answer.wanted:
        answer.add("They sit on a red sofa.\n", 1)
    answer.add("more", 1)
    *_, (_, _, text), end = write(answer)
    outcome = answer.outcome("me")
    assert end[1:] == ("ended", "repetition")
    assert (outcome.status, outcome.finish, outcome.text) == ("ended", "repetition", text)
    assert 1000 < len(text) < 1500


def test_text_that_just_fits_is_not_cut():
    answer = begun(max_characters=5)
    answer.add("abcde", 1)
    assert answer.wanted


@pytest.mark.parametrize(("text", "kept"), [("a\0b", "ab"), ("a\ud83db", "a\ufffdb"), ("🙂", "🙂")])
def test_what_no_database_can_hold_is_left_out(text, kept):
    answer = begun()
    answer.add(text, 1)
    assert write(answer)[1] == (1, "delta", kept)


class TestHalves:
    """A chunk that ends inside a surrogate pair."""

    @pytest.mark.parametrize("write_between", [False, True])
    def test_both_halves_are_one_character(self, write_between):
        answer, events = begun(), []
        for text in ("Fire: \ud83d", "\udd25 ok"):
            answer.add(text, 1)
            events += write(answer) if write_between else []
        answer.end("stop")
        events += write(answer)
        assert [number for number, _, _ in events] == list(range(len(events)))
        assert "".join(text for _, kind, text in events if kind == "delta") == "Fire: 🔥 ok"
        assert (answer.outcome("me").text, answer.outcome("me").tokens) == ("Fire: 🔥 ok", 2)

    def test_a_half_alone_is_not_written_yet(self):
        answer = begun()
        answer.add("\ud83d", 1)
        assert write(answer) == [(0, "started", "")]

    @pytest.mark.parametrize(
        ("texts", "whole"),
        [
            (("x\ud83d", "y"), "x\ufffdy"),
            (("x\ud83d", "", "\udd25"), "x🔥"),
            (("x\ud83d", "\0", "\udd25"), "x🔥"),
            (("\ud83d", "\ud83d", "\udd25"), "\ufffd🔥"),
            (("x", "\udd25"), "x\ufffd"),
            (("x\ud83d",), "x\ufffd"),
        ],
    )
    @pytest.mark.parametrize("last", ["end", "fail"])
    def test_a_half_that_stays_alone_is_marked(self, texts, whole, last):
        answer = begun()
        for text in texts:
            answer.add(text, 1)
        answer.end("stop") if last == "end" else answer.fail("timeout")
        events = write(answer)
        assert "".join(text for _, kind, text in events if kind == "delta") == whole
        assert answer.outcome("me").text == whole

    @pytest.mark.parametrize(
        ("texts", "whole"), [(("abcd\ud83d", "\udd25"), "abcd🔥"), (("abcde\ud83d",), "abcde")]
    )
    def test_a_pair_is_one_character_of_the_limit(self, texts, whole):
        answer = begun(max_characters=5)
        for text in texts:
            answer.add(text, 1)
        answer.end("stop")
        write(answer)
        assert (answer.outcome("me").text, answer.outcome("me").status) == (whole, "ended")


@pytest.mark.parametrize("verdict", ["lost", "gap"])
def test_a_refused_write_loses_the_side(verdict):
    answer = begun()
    answer.written(answer.take(), verdict)
    assert (answer.settled.is_set(), answer.wanted) == (True, False)
    assert answer.outcome("me").status == "lost"


def test_a_lost_lease_loses_the_side():
    answer = begun()
    answer.renewed("lost", time.monotonic())
    assert answer.settled.is_set()


def test_a_lease_that_its_own_last_event_ended_is_not_lost():
    answer = begun()
    answer.add("hello", 1)
    answer.end("stop")
    events = answer.take()
    answer.renewed("lost", time.monotonic())
    answer.written(events, "ok")
    assert answer.outcome("me").status == "ended"


def test_a_missed_renewal_is_forgiven_while_the_lease_lives():
    answer = begun()
    answer.missed()
    assert answer.wanted


def test_a_lease_that_was_not_renewed_in_its_life_is_over():
    answer = begun()
    answer.renewed("ok", time.monotonic() - LIFE_SECONDS - 1)
    answer.missed()
    assert answer.settled.is_set()


def test_every_delivery_is_an_owner_of_its_own():
    same = request()
    first, second = (RunningAnswer(same, flush_soon=Nudges()) for _ in range(2))
    assert first.holder.owner != second.holder.owner


POINTING = "There: <ref>a cat</ref><box>(100,200),(300,400)</box>."


def pointing(pieces, *, keep=True, **more):
    answer = begun(**more)
    answer.incoming.point(grounding.create_reader("qwen_vl", [PictureSize(1000, 500)]), keep=keep)
    for piece in pieces:
        answer.add(piece, 1)
    answer.end("stop")
    events = write(answer)
    return answer.outcome("heron"), events


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_marks_become_places_and_never_stand_in_the_text(size):
    pieces = [POINTING[at : at + size] for at in range(0, len(POINTING), size)]
    outcome, events = pointing(pieces)
    assert outcome.text == "There: a cat."
    assert "".join(text for _, kind, text in events if kind == "delta") == outcome.text
    told = places_in(text for _, kind, text in events if kind == "detection")
    assert [place.to_json() for place in told] == list(outcome.places)
    assert told[0].coordinates == (0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize("keep", [True, False])
def test_a_mark_that_cannot_be_read_stays_in_the_text_and_is_noted(keep):
    mark = "<box>(100,200)</box>"
    outcome, events = pointing([f"There: {mark}."], keep=keep)
    assert outcome.text == f"There: {mark}."
    (noted,) = places_in(text for _, kind, text in events if kind == "detection")
    assert outcome.places == (noted.to_json(),)
    assert noted.kind == UNREAD
    assert outcome.text[noted.start : noted.end] == mark


def test_unread_marks_are_noted_up_to_a_number_and_where_they_are_shown():
    outcome, _ = pointing(["<box>(1)</box> and " * (MOST_UNREAD + 9)], max_characters=10_000)
    assert len(outcome.places) == MOST_UNREAD
    outcome, _ = pointing(["There: <box>(100,200)</box>."], max_characters=12)
    assert outcome.places == ()


def test_numbers_that_nobody_can_place_are_not_drawn():
    outcome, _ = pointing([POINTING], keep=False)
    assert (outcome.text, outcome.places) == ("There: a cat.", ())


def test_a_place_whose_words_were_cut_off_is_none():
    outcome, _ = pointing([POINTING], max_characters=8)
    assert outcome.text == "There: a"
    assert outcome.places == ()
    assert outcome.finish == "length"
