"""What a page is told of a veiled battle: nothing from which a side's pace or end could be read."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.core.markdown import render
from arena.core.veil import STEP
from arena.live.pacing import Scene
from inference_worker.wire.events import Event
from tests.arena.live.reading import SIDE_FIELDS, Reader, answer, event, of_battle, opened

LETTERS = st.sampled_from("ab .\n*#`-|1>")
MOST = 6 * STEP
OTHER = {"a": "b", "b": "a"}


@st.composite
def progresses(draw):
    """How a side gets on, whatever it says: after each event, how much of its text it has."""
    cuts = sorted(draw(st.lists(st.integers(0, MOST), min_size=1, max_size=12)))
    return cuts, draw(st.sampled_from(["ended", "failed"]))


texts = st.text(LETTERS, min_size=MOST, max_size=MOST)
orders = st.lists(st.sampled_from("ab"), max_size=30)


def events_of(side, text, progress):
    cuts, end = progress
    pieces = [text[i:j] for i, j in itertools.pairwise([0, *cuts])]
    return answer(*pieces, end=end, side=side)


def merged(order, **sides):
    """Both sides' events, taken in this order and then as they come."""
    waiting = {side: list(events) for side, events in sides.items()}
    for side in [*order, *"a" * 20, *"b" * 20]:
        if waiting[side]:
            yield waiting[side].pop(0)


class Page:
    """A reader of both panes."""

    def __init__(self):
        self.scene = Scene(state="generating", veiled=True)
        self.readers = {"a": Reader(), "b": Reader()}
        self.told, self.state = [], ""
        self.look()

    def take(self, *events):
        for one in events:
            self.scene.apply(one)
            self.look()
        return self

    def look(self):
        frames = self.scene.frames()
        self.told.append(frames)
        for frame in frames:
            if frame["type"] == "side":
                self.readers[frame["side"]].take(frame)
            else:
                self.state = frame["state"]

    @property
    def shown(self):
        return [self.scene.panes[side].text for side in "ab"]

    @property
    def states(self):
        return [self.scene.panes[side].state for side in "ab"]


@settings(max_examples=80, deadline=None)
@given(texts, texts, progresses(), progresses(), orders)
def test_whichever_side_is_quicker_a_reader_is_told_the_same(text_a, text_b, one, other, order):
    first, second = Page(), Page()
    first.take(*merged(order, a=events_of("a", text_a, one), b=events_of("b", text_b, other)))
    mirrored = [OTHER[side] for side in order]
    late = {"b": events_of("b", text_b, one), "a": events_of("a", text_a, other)}
    for side, events in zip(mirrored, itertools.repeat(late)):
        second.take(*[events[side].pop(0)] if events[side] else [])
    second.take(*late["b"], *late["a"])
    assert first.told[:-1] == second.told[:-1]


@settings(max_examples=80, deadline=None)
@given(texts, texts, progresses(), progresses(), orders)
def test_nothing_is_taken_back_and_in_the_end_all_is_there(text_a, text_b, one, other, order):
    page, before = Page(), ["", ""]
    for event_ in merged(order, a=events_of("a", text_a, one), b=events_of("b", text_b, other)):
        page.take(event_)
        assert all(now.startswith(then) for now, then in zip(page.shown, before, strict=True))
        before = page.shown
    whole = [text_a[: one[0][-1]], text_b[: other[0][-1]]]
    assert page.shown == whole
    assert [page.readers[side].html for side in "ab"] == [render(text) for text in whole]


@settings(max_examples=80, deadline=None)
@given(texts, texts, progresses(), progresses(), orders)
def test_both_sides_are_told_of_together_and_end_together(text_a, text_b, one, other, order):
    page = Page().take(
        *merged(order, a=events_of("a", text_a, one), b=events_of("b", text_b, other))
    )
    for frames in page.told:
        assert [f["side"] for f in frames if f["type"] == "side"] in ([], ["a", "b"])
    for frames in page.told[:-1]:
        assert {f["state"] for f in frames} <= {"waiting", "streaming", "generating"}
    assert page.states == [one[1], other[1]]


@settings(max_examples=40, deadline=None)
@given(texts, texts, progresses(), progresses(), orders, st.integers(0, 30))
def test_whoever_comes_late_sees_what_the_others_see(text_a, text_b, one, other, order, at):
    events = list(merged(order, a=events_of("a", text_a, one), b=events_of("b", text_b, other)))
    early, late = Page().take(*events[:at]), Page()
    for one_ in events[:at]:
        late.scene.apply(one_)
    late.look()
    assert (late.shown, late.states) == (early.shown, early.states)


def words(count, side="a", attempt=1, end=None):
    return answer(*["seven. "] * count, end=end, side=side, attempt=attempt)


def test_a_veiled_frame_has_the_same_fields_and_its_numbers_say_nothing():
    page = Page().take(*words(9, attempt=2), *words(20, side="b", end="failed"))
    frames = [frame for told in page.told for frame in told if frame["type"] == "side"]
    assert {frozenset(frame) for frame in frames} == {frozenset(SIDE_FIELDS)}
    assert {(frame["attempt"], frame["number"]) for frame in frames} == {(0, -1)}


def test_neither_begins_before_the_other():
    page = Page().take(*words(9))
    assert (page.shown, page.states) == (["", ""], ["waiting", "waiting"])
    page.take(*words(0, side="b"))
    assert (page.shown, page.states) == (["", ""], ["streaming", "streaming"])


def test_text_stops_at_no_sides_own_words():
    page = Page().take(*words(9), *words(3, side="b"))
    assert [len(text) for text in page.shown] == [STEP, STEP]


@pytest.mark.parametrize("end", ["ended", "failed", "stopped"])
def test_a_side_that_is_over_looks_as_if_it_were_running(end):
    page = Page().take(*words(3, end=end), *words(9, side="b"))
    assert page.states == ["streaming", "streaming"]
    assert [len(text) for text in page.shown] == [STEP, STEP]
    assert page.state == "generating"


def test_a_failure_is_told_with_the_other_sides_end():
    page = Page().take(*words(3, end="failed"), *words(9, side="b"))
    assert not any(frame.get("code") for told in page.told for frame in told)
    page.take(event("ended", side="b", number=10))
    assert (page.states, page.state) == (["failed", "ended"], "failed")
    assert page.told[-1][0]["code"] == "timeout"


def test_the_vote_opens_as_in_any_battle():
    page = Page().take(*words(3, end="ended"), *words(9, side="b", end="ended"), opened())
    assert (page.state, page.told[-1]) == (
        "voting",
        [{"type": "battle", "state": "voting", "ahead": None}],
    )


def test_a_stop_keeps_what_was_shown_and_looks_alike_on_both_sides():
    page = Page().take(*words(3, end="ended"), *words(9, side="b", end="stopped"))
    assert (page.states, page.state) == (["stopped", "stopped"], "stopped")
    assert [len(text) for text in page.shown] == [STEP, STEP]


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_lost_worker_clears_both_panes_alike(side):
    page = Page().take(*words(9), *words(9, side="b"))
    page.take(*words(5, side=side, attempt=2)[:1])
    assert page.shown == ["", ""]
    assert [frame["reset"] for frame in page.told[-1]] == [True, True]


def test_after_a_lost_worker_both_go_on_in_step_and_end_whole():
    page = Page().take(*words(9), *words(9, side="b", end="ended"))
    page.take(*words(5, attempt=2))
    assert [len(text) for text in page.shown] == [2 * STEP, 2 * STEP]
    page.take(event("ended", attempt=2, number=9))
    assert page.shown == ["seven. " * 5, "seven. " * 9]


class TestRetry:
    """Both sides begin anew, and neither is heard of at the same time as the other."""

    @pytest.fixture
    def failed(self):
        return Page().take(*words(9, end="failed"), *words(20, side="b", end="ended"))

    def test_what_was_there_is_gone_from_both_at_the_first_word_of_either(self, failed):
        failed.take(*words(20, attempt=2))
        assert (failed.shown, failed.states) == (["", ""], ["waiting", "waiting"])
        assert failed.state == "generating"

    def test_both_come_in_step_again(self, failed):
        failed.take(*words(20, attempt=2), *words(3, side="b", attempt=2))
        assert [len(text) for text in failed.shown] == [STEP, STEP]

    def test_one_that_fails_before_the_other_is_heard_of_shows_nothing_old(self, failed):
        failed.take(event("failed", "overloaded", attempt=2))
        assert (failed.shown, failed.states) == (["", ""], ["waiting", "waiting"])


class TestLine:
    """Places in the queue."""

    def test_the_place_is_told_as_long_as_one_side_waits(self):
        page = Page().take(*words(0))
        page.scene.ahead = 4
        page.look()
        assert page.told[-1] == [{"type": "battle", "state": "generating", "ahead": 4}]

    def test_the_hub_asks_for_those_that_wait(self):
        page = Page().take(*words(0))
        assert page.scene.waiting == ["b"]

    def test_a_start_alone_is_told_to_nobody(self):
        page = Page().take(*words(0))
        assert page.told[1:] == [[]]


class TestStored:
    """A side that comes from the database."""

    def stored(self, **fields):
        page = Page()
        given = {"attempt": 1, "state": "ended", "text": "seven. " * 20, "code": "", **fields}
        page.scene.answers["a"].load(**given)
        page.scene.answers["b"].expect(1)
        page.look()
        return page

    @pytest.mark.parametrize("state", ["ended", "failed", "stopped"])
    def test_it_waits_for_the_other(self, state):
        page = self.stored(state=state, code="timeout")
        assert (page.shown, page.states) == (["", ""], ["waiting", "waiting"])
        page.take(*words(9, side="b"))
        assert [len(text) for text in page.shown] == [3 * STEP, 3 * STEP]

    def test_both_whole_are_shown_whole(self):
        page = self.stored()
        page.scene.answers["b"].load(attempt=1, state="failed", text="", code="empty")
        page.look()
        assert (page.shown, page.states) == (["seven. " * 20, ""], ["ended", "failed"])


@pytest.mark.parametrize("final", ["voted", "skipped", "expired"])
def test_the_end_of_the_battle_is_told_as_in_any(final):
    page = Page().take(*words(9, end="ended"), *words(9, side="b", end="ended"), of_battle(final))
    assert page.told[-1] == [{"type": "battle", "state": final, "ahead": None}]


def test_a_live_battle_is_its_own_panes():
    scene = Scene(state="generating")
    scene.apply(Event(side="a", attempt=1, number=1, kind="delta", text="at once"))
    assert (scene.answers["a"] is scene.panes["a"], scene.frames()[0]["more"]) == (True, "at once")
