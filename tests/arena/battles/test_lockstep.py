"""The timetable by which two answers are shown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.battles.lockstep import (
    BEAT,
    GRID,
    AnswerProgress,
    VisibleState,
    boundary_from,
    hidden_parts,
    most_characters,
    progress_at,
    settled_at,
    settled_parts,
)

pytestmark = pytest.mark.one_database

FLOOR, PIECE = 3.0, 50
LONG = "x" * 5 * PIECE


def written(length, *, first=0.2, pace=400.0, over=True, begun=0.1):
    """An answer of so many characters, at a pace of characters a second."""
    grown = [(n, first + n / pace) for n in range(1, length + 1)]
    return AnswerProgress(begun, grown, first + length / pace if over else math.inf)


def shown(*answers, at):
    return progress_at(answers, at).characters


speeds = st.floats(150, 4000)
firsts = st.floats(0.1, 1.5)
lengths = st.integers(1, 12 * PIECE)


@given(lengths, lengths, speeds, speeds, firsts, firsts, st.floats(0, 20))
def test_what_is_quick_enough_is_shown_alike(one, other, pace, other_pace, first, late, at):
    quick = [written(one, pace=5000, first=0.05), written(other, pace=5000, first=0.05)]
    asked = [written(one, pace=pace, first=first), written(other, pace=other_pace, first=late)]
    assert progress_at(asked, at)[:2] == progress_at(quick, at)[:2]


@given(lengths, lengths, st.floats(5, 4000), speeds, st.floats(0.1, 9), st.floats(0, 60))
def test_it_says_when_there_is_more(one, other, pace, other_pace, first, at):
    answers = [written(one, pace=pace, first=first), written(other, pace=other_pace)]
    now = progress_at(answers, at)
    if now.due < math.inf:
        assert at < now.due
        assert progress_at(answers, (at + now.due) / 2)[:2] == now[:2]
    else:
        assert progress_at(answers, at + 3600)[:2] == now[:2]


def test_pieces_come_by_the_beat_from_the_floor_on():
    answers = [written(4 * PIECE), written(3 * PIECE)]
    times = [FLOOR - 0.01, FLOOR, FLOOR + BEAT - 0.01, FLOOR + BEAT, FLOOR + 9 * BEAT]
    assert [shown(*answers, at=at) for at in times] == [0, PIECE, PIECE, 2 * PIECE, 4 * PIECE]


def test_a_late_beginning_is_a_boundary():
    answers = [written(PIECE), written(PIECE, first=FLOOR + 0.1)]
    assert shown(*answers, at=FLOOR + GRID - 0.01) == 0
    assert shown(*answers, at=FLOOR + GRID) == PIECE


def test_where_the_next_piece_is_not_there_both_wait_for_a_boundary():
    slow = written(2 * PIECE, first=0.0, pace=2 * PIECE / (FLOOR + BEAT + 0.1))
    answers = [written(9 * PIECE), slow]
    assert shown(*answers, at=FLOOR + GRID - 0.01) == PIECE
    assert shown(*answers, at=FLOOR + GRID) == 2 * PIECE


def test_an_answer_that_runs_holds_the_other_one_back():
    running = written(2 * PIECE + 7, over=False)
    assert shown(written(9 * PIECE), running, at=60) == 2 * PIECE


def test_an_answer_that_ended_holds_nobody_back():
    assert shown(written(9 * PIECE), written(7), at=60) == 9 * PIECE


def test_panes_wait_until_both_were_taken():
    answers = [written(9, begun=0.1), AnswerProgress()]
    assert not progress_at(answers, 60).begun
    answers[1].begun = FLOOR + 0.1
    assert [progress_at(answers, at).begun for at in (FLOOR, FLOOR + GRID)] == [False, True]


@pytest.mark.parametrize(
    ("seconds", "boundary"),
    [(0, FLOOR), (FLOOR, FLOOR), (FLOOR + 0.1, FLOOR + GRID), (math.inf, math.inf)],
)
def test_boundaries(seconds, boundary):
    assert boundary_from(seconds) == boundary


@given(lengths, lengths, st.floats(0.1, 60))
def test_all_is_shown_at_a_boundary_when_the_longer_has_had_its_time(one, other, over):
    settled = settled_at([one, other], over)
    assert settled == boundary_from(settled) >= over
    assert shown(written(one), written(other), at=settled) >= max(one, other)


@given(st.floats(0, 60))
def test_no_answer_can_be_shown_quicker(at):
    assert shown(written(9000, pace=1e6), written(9000, pace=1e6), at=at) <= most_characters(at)


def test_until_it_is_settled_no_end_is_shown():
    progress = progress_at([written(9), written(PIECE)], 60)
    answers = [VisibleState("failed", "x" * 9, "timeout"), VisibleState("ended", "x" * PIECE, "")]
    parts = hidden_parts(progress, answers)
    assert [(part.state, len(part.text), part.code) for part in parts] == [
        ("streaming", 9, ""),
        ("streaming", PIECE, ""),
    ]


@pytest.mark.parametrize("first", ["ended", "failed"])
@pytest.mark.parametrize("second", ["ended", "failed"])
def test_once_it_is_settled_both_are_whole(first, second):
    answers = [
        VisibleState(first, "short", ""),
        VisibleState(second, "longer than a piece of it", "timeout"),
    ]
    assert settled_parts(answers, 0) == answers


@pytest.mark.parametrize("other", ["ended", "failed", "stopped"])
def test_a_stop_tells_nothing_of_what_had_ended_by_then(other):
    answers = [
        VisibleState("stopped", LONG + "so far", ""),
        VisibleState(other, LONG[: 3 * PIECE + 4], "timeout"),
    ]
    for most, length in ((9 * PIECE, 3 * PIECE), (2 * PIECE, 2 * PIECE), (0, 0)):
        assert settled_parts(answers, most) == [VisibleState("stopped", "x" * length, "")] * 2


def test_both_say_that_the_arena_stopped_them():
    answers = [VisibleState("stopped", LONG, ""), VisibleState("stopped", LONG, "absent")]
    assert settled_parts(answers, 0) == [VisibleState("stopped", "", "absent")] * 2
