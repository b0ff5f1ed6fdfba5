"""What may be shown of two answers that come in step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.veil import STEP, Seen, in_step

LONG = "x" * 2 * STEP
RUNNING = ["waiting", "streaming"]
OVER = ["ended", "failed", "stopped"]

states = st.sampled_from([*RUNNING, *OVER])
codes = st.sampled_from(["", "timeout", "empty"])
progress = st.tuples(states, st.integers(0, 5 * STEP), codes)
texts = st.text(min_size=5 * STEP, max_size=5 * STEP)


def hidden(*answers):
    """Whether something of these has to be kept back."""
    return any(answer.state not in ("ended", "failed") for answer in answers)


@given(texts, texts, progress, progress)
def test_nothing_tells_which_side_is_how_far(text_a, text_b, one, other):
    def shown(mine, theirs):
        answers = [Seen(mine[0], text_a[: mine[1]], mine[2])]
        return in_step([*answers, Seen(theirs[0], text_b[: theirs[1]], theirs[2])])

    if one[0] not in ("ended", "failed") or other[0] not in ("ended", "failed"):
        assert shown(one, other) == shown(other, one)


@given(texts, texts, progress, progress)
def test_both_show_as_much_as_the_shorter_has_in_whole_steps(text_a, text_b, one, other):
    answers = [Seen(one[0], text_a[: one[1]], one[2]), Seen(other[0], text_b[: other[1]], other[2])]
    if hidden(*answers):
        most = min(one[1], other[1])
        for answer, part in zip(answers, in_step(answers), strict=True):
            assert answer.text.startswith(part.text)
            assert most - STEP < len(part.text) <= most
            assert len(part.text) % STEP == 0


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("running", RUNNING)
def test_who_is_over_first_looks_like_the_one_that_runs(over, running):
    one, other = in_step([Seen(over, LONG, "timeout"), Seen(running, LONG, "")])
    assert one == other == Seen(running, LONG, "")


def test_both_wait_until_both_have_begun():
    shown = in_step([Seen("waiting", "", ""), Seen("streaming", LONG, "")])
    assert shown == [Seen("waiting", "", "")] * 2


@pytest.mark.parametrize("first", ["ended", "failed"])
@pytest.mark.parametrize("second", ["ended", "failed"])
def test_once_both_are_over_both_are_whole(first, second):
    answers = [Seen(first, "short", ""), Seen(second, "longer than a step of it", "timeout")]
    assert in_step(answers) == answers


@pytest.mark.parametrize("other", OVER)
def test_a_stop_tells_nothing_of_what_had_ended_by_then(other):
    one, two = in_step([Seen("stopped", LONG + "so far", ""), Seen(other, LONG, "timeout")])
    assert one == two == Seen("stopped", LONG, "")


def test_the_longer_is_held_where_the_shorter_has_ended():
    short, long = in_step([Seen("ended", "x" * STEP, ""), Seen("streaming", LONG, "")])
    assert (short.text, long.text) == ("x" * STEP, "x" * STEP)
