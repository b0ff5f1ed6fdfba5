"""What a page is told of a veiled battle: nothing from which a side's pace or end could be read."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.battles.lockstep import BEAT, GRID
from arena.live.pacing import LAG_SECONDS, BattleView
from arena.rendering.markdown import render
from inference_worker.wire.events import StreamEvent
from tests.arena.live.reading import SIDE_FIELDS, Reader, answer, event, of_battle, opened

FLOOR, PIECE = 3.0, 50
LETTERS = st.sampled_from("ab .\n*#`-|1>")
MOST = 3 * PIECE
LATER = FLOOR + 40 * GRID


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
    """A reader of both panes, with a clock of its own."""

    def __init__(self):
        self.scene = BattleView(state="generating", veiled=True)
        self.readers = {"a": Reader(), "b": Reader()}
        self.told, self.state, self.now = [], "", 0.0
        self.look()

    def take(self, *events, every=0.0):
        """Take the events, each so much later than the one before, and look after each."""
        for one in events:
            self.now += every
            self.scene.apply(one, at=self.now)
            self.look()
        return self

    def wait(self, until=LATER):
        """Look at each beat until then."""
        while self.now < until:
            self.now = min(until, self.now + BEAT / 2)
            self.look()
        return self

    def look(self):
        frames = self.scene.frames(self.now + LAG_SECONDS)
        self.told.append(frames)
        for frame in frames:
            if frame["type"] == "side":
                self.readers[frame["side"]].take(frame)
            else:
                self.state = frame["state"]

    @property
    def news(self):
        """What was told, without the looks that brought nothing."""
        return [frames for frames in self.told if frames]

    @property
    def lengths(self):
        return [len(text) for text in self.shown]

    @property
    def shown(self):
        return [self.scene.panes[side].text for side in "ab"]

    @property
    def states(self):
        return [self.scene.panes[side].state for side in "ab"]


@settings(max_examples=60, deadline=None)
@given(texts, texts, progresses(), progresses(), orders, orders, st.floats(0.001, 0.04))
def test_in_whichever_order_both_come_a_reader_is_told_the_same(
    text_a, text_b, one, other, order, another, every
):
    told = []
    for way, pause in ((order, every), (another, 0.0)):
        sides = {"a": events_of("a", text_a, one), "b": events_of("b", text_b, other)}
        page = Page().take(*merged(way, **sides), every=pause)
        page.wait(FLOOR).wait()
        told.append(page.news)
    assert told[0] == told[1]


@settings(max_examples=60, deadline=None)
@given(texts, texts, progresses(), progresses(), orders, st.floats(0, 0.9))
def test_nothing_is_taken_back_and_in_the_end_all_is_there(
    text_a, text_b, one, other, order, every
):
    page, before = Page(), ["", ""]
    sides = {"a": events_of("a", text_a, one), "b": events_of("b", text_b, other)}
    for event_ in merged(order, **sides):
        page.take(event_, every=every)
        assert all(now.startswith(then) for now, then in zip(page.shown, before, strict=True))
        assert set(page.states) <= {"waiting", "streaming"}
        assert page.state == "generating"
        before = page.shown
    page.wait().take(said("failed"))
    whole = [text_a[: one[0][-1]], text_b[: other[0][-1]]]
    assert (page.shown, page.states) == (whole, [one[1], other[1]])
    assert [page.readers[side].html for side in "ab"] == [render(text) for text in whole]


@settings(max_examples=40, deadline=None)
@given(texts, texts, progresses(), progresses(), orders, st.integers(0, 30), st.floats(0, 0.9))
def test_whoever_comes_late_sees_what_the_others_see(text_a, text_b, one, other, order, at, every):
    sides = {"a": events_of("a", text_a, one), "b": events_of("b", text_b, other)}
    events = list(merged(order, **sides))[:at]
    early, late = Page().take(*events, every=every), Page()
    for number, one_ in enumerate(events, 1):
        late.scene.apply(one_, at=number * every)
    late.now = early.now
    late.look()
    assert late.states == early.states
    assert late.lengths == pytest.approx(early.lengths)


def said(kind):
    """What the site says of the first attempts of both sides."""
    return StreamEvent(side="", attempt=1, number=0, kind=kind)


def words(count, side="a", attempt=1, end=None):
    return answer(*["seven. "] * count, end=end, side=side, attempt=attempt)


def both(one=9, other=20, **changes):
    """Both answers, of so many words of seven characters, which are there before the floor."""
    page = Page().take(*words(one, **changes), *words(other, side="b", end="ended"))
    return page.wait(FLOOR)


def test_a_veiled_frame_has_the_same_fields_and_its_numbers_say_nothing():
    page = both(attempt=2, end="failed").wait()
    frames = [frame for told in page.told for frame in told if frame["type"] == "side"]
    assert {frozenset(frame) for frame in frames} == {frozenset(SIDE_FIELDS)}
    assert {(frame["attempt"], frame["number"]) for frame in frames} == {(0, -1)}


def test_neither_begins_before_the_other():
    page = Page().take(*words(9)).wait(FLOOR)
    assert (page.shown, page.states) == (["", ""], ["waiting", "waiting"])
    page.take(*words(9, side="b")).wait(FLOOR + GRID)
    assert (page.lengths, page.states) == ([PIECE] * 2, ["streaming"] * 2)


def test_text_comes_in_pieces_that_are_no_sides_own_words():
    page = Page().take(*words(9), *words(8, side="b")).wait(FLOOR)
    assert page.lengths == [PIECE, PIECE]


@pytest.mark.parametrize("end", ["ended", "failed", "stopped"])
def test_a_side_that_is_over_looks_as_if_it_were_running(end):
    page = both(end=end).wait()
    assert (page.states, page.state) == (["streaming", "streaming"], "generating")
    assert page.lengths == [63, 140]
    assert not any(frame.get("code") for told in page.told for frame in told)


def test_a_failure_is_told_when_the_site_says_so():
    page = both(end="failed").take(said("failed"))
    assert (page.states, page.state) == (["failed", "ended"], "failed")
    assert page.told[-1][0]["code"] == "timeout"


def test_the_vote_opens_when_the_site_says_so():
    page = both(end="ended").take(opened())
    assert page.states == ["ended", "ended"]
    assert page.told[-1][-1] == {"type": "battle", "state": "voting", "ahead": None}


@pytest.mark.parametrize("end", ["ended", None])
def test_a_stop_looks_alike_on_both_sides_whether_they_had_ended(end):
    page = both(20, end=end).take(said("stopped"))
    assert (page.states, page.state) == (["stopped", "stopped"], "stopped")
    assert page.lengths == [PIECE, PIECE]


@pytest.mark.parametrize(("said_of_it", "code"), [("", ""), ("absent", "absent"), ("x", "")])
def test_a_stop_by_the_arena_says_so_on_both_sides(said_of_it, code):
    page = both(20, end=None).take(StreamEvent("", 1, 0, "stopped", said_of_it))
    assert [pane.code for pane in page.scene.panes.values()] == [code, code]


def test_an_older_end_of_the_battle_is_passed_over():
    page = Page()
    for side in "ab":
        page.scene.answers[side].expect(2)
    page.take(said("stopped"), *words(9, attempt=2), *words(9, side="b", attempt=2))
    assert page.wait(FLOOR).lengths == [PIECE, PIECE]


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_lost_worker_clears_both_panes_alike(side):
    page = both(end=None).take(*words(5, side=side, attempt=2)[:1])
    assert page.shown == ["", ""]
    assert [frame["reset"] for frame in page.told[-1]] == [True, True]


def test_after_a_lost_worker_both_begin_again():
    page = both(20).take(*words(8, attempt=2, end="ended")).wait(FLOOR + BEAT / 2)
    assert page.lengths == [PIECE, PIECE]
    assert page.wait().take(opened()).lengths == [56, 140]


class TestRetry:
    """Both sides begin anew, and neither is heard of at the same time as the other."""

    @pytest.fixture
    def failed(self):
        return both(end="failed").take(said("failed"))

    def test_what_was_there_is_gone_from_both_at_the_first_word_of_either(self, failed):
        failed.take(*words(20, attempt=2)).wait()
        assert (failed.shown, failed.states) == (["", ""], ["waiting", "waiting"])
        assert failed.state == "generating"

    def test_both_come_in_step_again(self, failed):
        failed.take(*words(20, attempt=2), *words(8, side="b", attempt=2)).wait()
        assert failed.lengths == [PIECE, PIECE]

    def test_one_that_fails_before_the_other_is_heard_of_shows_nothing_old(self, failed):
        failed.take(event("failed", "overloaded", attempt=2)).wait()
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


@pytest.mark.parametrize("state", ["ended", "failed", "stopped"])
def test_a_side_from_the_database_waits_for_the_other(state):
    page = Page()
    page.scene.answers["a"].load(attempt=1, state=state, text="seven. " * 20, code="timeout")
    page.scene.answers["a"].note(0.0)
    page.scene.answers["b"].expect(1)
    assert page.wait().states == ["waiting", "waiting"]
    page.take(*words(8, side="b")).wait(LATER + GRID)
    assert (page.lengths, page.states) == ([PIECE, PIECE], ["streaming", "streaming"])


def test_a_settled_battle_from_the_database_is_shown_whole():
    scene = BattleView(state="failed", veiled=True, settled=True)
    scene.answers["a"].load(attempt=1, state="ended", text="seven. " * 20, code="")
    scene.answers["b"].load(attempt=1, state="failed", text="", code="empty")
    frames = scene.frames(0.0)
    assert [frame["state"] for frame in frames] == ["ended", "failed", "failed"]


@pytest.mark.parametrize("final", ["voted", "skipped", "expired"])
def test_the_end_of_the_battle_is_told_as_in_any(final):
    page = both(end="ended").take(of_battle(final))
    assert page.told[-1][-1] == {"type": "battle", "state": final, "ahead": None}


def test_a_live_battle_is_its_own_panes():
    scene = BattleView(state="generating")
    scene.apply(StreamEvent(side="a", attempt=1, number=1, kind="delta", text="at once"))
    assert (scene.answers["a"] is scene.panes["a"], scene.frames()[0]["more"]) == (True, "at once")
