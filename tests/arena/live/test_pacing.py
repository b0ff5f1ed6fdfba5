"""What a page is told of each side."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.core.markdown import render
from arena.core.text import tame
from arena.live import pacing
from arena.live.pacing import Pane, Scene
from inference_worker.wire.events import FINAL, Event
from inference_worker.wire.messages import FAILURE_CODES
from tests.arena.core.hostile import EVERYTHING

SIDE_FIELDS = {
    "type", "side", "attempt", "number", "state", "reset", "html", "more", "code",
}  # fmt: skip
BATTLE_FIELDS = {"type", "state", "ahead"}
LONG = """# Title

One *two*
three.

- a
- b

  more

```
code

still
```

| a |
| - |
| b |

End [x](http://e.example)."""


def event(kind, text="", *, attempt=1, number=0, side="a"):
    return Event(side=side, attempt=attempt, number=number, kind=kind, text=text)


def answer(*texts, end="ended", attempt=1, side="a"):
    """One attempt's events: started, the deltas, and how it ended."""
    kinds = [("restarted" if attempt > 1 else "started", "")]
    kinds += [("delta", text) for text in texts]
    kinds += [(end, "timeout" if end == "failed" else "")] if end else []
    return [event(k, t, attempt=attempt, number=n, side=side) for n, (k, t) in enumerate(kinds)]


class Reader:
    """The page's part of the contract: finished HTML, and plain text in the open block."""

    def __init__(self):
        self.html = self.open = ""
        self.states = []

    def take(self, frame):
        if frame is None:
            return
        if frame["reset"]:
            self.html = self.open = ""
        if frame["html"]:
            self.html, self.open = self.html + frame["html"], ""
        self.open += frame["more"]
        self.states.append(frame["state"])


def read(events, *, every=1):
    """A page that gets a frame after every so many events."""
    pane, reader = Pane("a"), Reader()
    for number, one in enumerate(events, 1):
        pane.apply(one)
        if number % every == 0:
            reader.take(pane.frame())
    reader.take(pane.frame())
    return reader


@pytest.mark.parametrize("text", EVERYTHING)
def test_however_a_text_is_cut_the_page_ends_with_the_whole_rendered(text):
    for at in range(len(text) + 1):
        reader = read(answer(text[:at], text[at:]))
        assert (reader.html, reader.open) == (render(text), "")


@settings(max_examples=60)
@given(st.lists(st.integers(0, len(LONG)), max_size=30), st.integers(1, 7))
def test_a_long_answer_in_any_pieces_ends_with_the_whole_rendered(cuts, every):
    borders = [0, *sorted(cuts), len(LONG)]
    pieces = [LONG[i:j] for i, j in itertools.pairwise(borders)]
    assert read(answer(*pieces), every=every).html == render(LONG)


@settings(max_examples=60)
@given(st.text(st.sampled_from("ab1.*_`#>-|[]()\n\r\t\x1b"), max_size=80), st.integers(1, 7))
def test_while_it_streams_nothing_is_shown_twice_or_left_out(text, every):
    reader = read(answer(*text, end=None), every=every)
    finished, rest = tame(text)[: -len(reader.open) or None], reader.open
    assert finished + rest == tame(text)
    assert reader.html == "" or render(finished).replace("\n", "") == reader.html.replace("\n", "")


def test_finished_blocks_are_html_and_the_open_one_is_text():
    reader = read(answer("One *two*.\n\nThr", "ee *fo", end=None))
    assert (reader.html, reader.open) == ("<p>One <em>two</em>.</p>\n", "Three *fo")


def test_a_frame_has_just_the_fields_of_the_contract():
    pane = Pane("b")
    pane.apply(event("started", side="b"))
    assert set(pane.frame()) == SIDE_FIELDS


@pytest.mark.parametrize("end", ["ended", "failed", "stopped"])
def test_every_frame_of_a_scene_has_just_the_fields_of_the_contract(end):
    scene = Scene(state="generating", ahead=3)
    frames = scene.frames()
    for one in [*answer("x\n\ny", end=end), *answer("z", end=end, side="b")]:
        scene.apply(one)
        frames += scene.frames()
    assert {frozenset(f) for f in frames} == {frozenset(SIDE_FIELDS), frozenset(BATTLE_FIELDS)}


def test_the_first_frame_resets_and_holds_everything_so_far():
    pane = Pane("a")
    for one in answer("a\n\nb", end=None):
        pane.apply(one)
    frame = pane.frame()
    assert (frame["reset"], frame["html"], frame["more"]) == (True, "<p>a</p>\n", "b")


def test_a_frame_holds_only_what_is_new():
    pane = Pane("a")
    for one in answer("abc", end=None):
        pane.apply(one)
    pane.frame()
    pane.apply(event("delta", "def", number=2))
    frame = pane.frame()
    assert (frame["reset"], frame["html"], frame["more"]) == (False, "", "def")


def test_many_events_make_one_frame():
    scene = Scene(state="generating")
    for one in answer(*"many words", end=None):
        scene.apply(one)
    assert [f["type"] for f in scene.frames()] == ["side", "side", "battle"]
    assert scene.frames() == []


def test_nothing_new_is_no_frame():
    pane = Pane("a")
    pane.frame()
    assert pane.frame() is None


def test_a_frame_tells_attempt_and_number():
    pane = Pane("a")
    for one in answer("a", "b", end=None, attempt=2):
        pane.apply(one)
    frame = pane.frame()
    assert (frame["attempt"], frame["number"], frame["state"]) == (2, 2, "streaming")


def test_the_next_attempt_clears_what_the_first_wrote():
    reader = read([*answer("first\n\ntry", end=None), *answer("second", attempt=2)])
    assert reader.html == render("second")


def test_the_next_attempt_clears_even_when_its_start_was_missed():
    reader = read([*answer("first", end=None), event("delta", "second", attempt=2, number=1)])
    assert (reader.html, reader.open) == ("", "second")


def test_a_late_event_of_an_older_attempt_changes_nothing():
    events = [*answer("second", end=None, attempt=2), *answer("late", attempt=1)]
    reader = read(events)
    assert (reader.open, reader.states[-1]) == ("second", "streaming")


@pytest.mark.parametrize("end", ["ended", "failed", "stopped"])
def test_a_late_event_of_an_ended_attempt_changes_nothing(end):
    events = [*answer("all", end=end), event("delta", "late", number=9), event("stopped")]
    reader = read(events)
    assert (reader.html, reader.states[-1]) == (render("all"), end)


def test_an_ended_attempt_gives_way_to_the_next():
    reader = read([*answer("all", end="failed"), *answer("new", attempt=2)])
    assert (reader.html, reader.states[-1]) == (render("new"), "ended")


@pytest.mark.parametrize("code", FAILURE_CODES)
def test_a_failure_tells_its_code(code):
    pane = Pane("a")
    pane.apply(event("failed", code))
    assert pane.frame()["code"] == code


def test_a_failure_with_a_code_of_its_own_tells_nothing_of_it():
    pane = Pane("a")
    pane.apply(event("failed", "401 from api.vendor.example: model big-1"))
    assert pane.frame()["code"] == "internal"


def test_a_stored_answer_is_whole_and_final():
    pane, reader = Pane("a"), Reader()
    pane.load(attempt=2, state="ended", text="a\n\nb", code="")
    for one in [*answer("other", attempt=1), *answer("same", attempt=2)]:
        pane.apply(one)
    reader.take(pane.frame())
    assert (reader.html, reader.states) == (render("a\n\nb"), ["ended"])


def test_a_stored_failure_gives_way_to_the_next_attempt():
    pane, reader = Pane("a"), Reader()
    pane.load(attempt=1, state="failed", text="", code="timeout")
    for one in answer("again", attempt=2):
        pane.apply(one)
    reader.take(pane.frame())
    assert (reader.html, pane.code) == (render("again"), "")


def test_a_list_that_never_closes_is_not_parsed_at_each_line(monkeypatch):
    parsed = []

    def counting(text):
        parsed.append(len(text))
        return "", text

    monkeypatch.setattr(pacing, "split_finished", counting)
    read(answer(*["- a\n\n"] * 4000, end=None), every=100)
    assert sum(parsed) < 5 * 4000 * len("- a\n\n")


def test_a_list_with_blank_lines_is_finished_once_something_else_follows():
    reader = read(answer(*["- a\n\n"] * 20, "Then this.\n\n" * 8, "And", end=None))
    assert reader.html.count("<li>") == 20


class TestScene:
    """Both panes and the battle."""

    def test_it_begins_with_both_sides_and_then_the_battle(self):
        frames = Scene(state="generating").frames()
        assert [(f["type"], f.get("side")) for f in frames] == [
            ("side", "a"),
            ("side", "b"),
            ("battle", None),
        ]

    def test_the_vote_opens_when_it_is_announced(self):
        assert state_after([*answer("x"), *answer("y", side="b"), opened()]) == "voting"

    def test_both_answers_alone_do_not_open_the_vote(self):
        assert state_after([*answer("x"), *answer("y", side="b")]) == "generating"

    def test_an_announcement_alone_does_not_open_the_vote(self):
        assert state_after([*answer("x"), opened()]) == "generating"

    def test_a_failed_side_waits_for_the_other(self):
        assert state_after(answer("x", end="failed")) == "generating"

    def test_a_failed_side_fails_the_battle_once_the_other_is_over(self):
        assert state_after([*answer("x", end="failed"), *answer("y", side="b")]) == "failed"

    def test_a_stopped_side_stops_the_battle(self):
        events = [*answer("x", end="stopped"), *answer("y", end="stopped", side="b")]
        assert state_after(events) == "stopped"

    def test_a_retry_leads_back_to_answering(self):
        events = [*answer("x", end="failed"), *answer("y", side="b"), *answer("z", attempt=2)[:1]]
        assert state_after(events) == "generating"

    @pytest.mark.parametrize("final", sorted(FINAL))
    def test_the_end_of_the_battle_is_told(self, final):
        events = [*answer("x"), *answer("y", side="b"), opened(), of_battle(final)]
        assert state_after(events) == final

    @pytest.mark.parametrize("final", sorted(FINAL))
    def test_of_the_end_of_a_battle_only_its_kind_is_told(self, final):
        scene = Scene(state="voting")
        scene.frames()
        scene.apply(Event(side="", attempt=7, number=7, kind=final, text="quetzal"))
        assert scene.frames() == [{"type": "battle", "state": final, "ahead": None}]

    def test_a_battle_ends_once(self):
        assert state_after([of_battle("voted"), of_battle("skipped")]) == "voted"

    @pytest.mark.parametrize("final", ["voted", "skipped", "expired"])
    def test_no_event_changes_what_is_over(self, final):
        assert state_after(answer("x"), begin=final) == final

    def test_the_place_is_told_while_a_side_waits(self):
        scene = Scene(state="generating", ahead=4)
        assert scene.frames()[-1]["ahead"] == 4

    def test_the_place_is_told_anew_only_when_it_changes(self):
        scene = Scene(state="generating", ahead=4)
        scene.frames()
        assert scene.frames() == []
        scene.ahead = 3
        assert scene.frames() == [{"type": "battle", "state": "generating", "ahead": 3}]

    def test_there_is_no_place_once_both_sides_have_started(self):
        scene = Scene(state="generating", ahead=4)
        for side in "ab":
            scene.apply(event("started", side=side))
        assert scene.frames()[-1]["ahead"] is None

    def test_the_sides_are_kept_apart(self):
        scene = Scene(state="generating")
        for one in [*answer("left", end=None), *answer("right", end=None, side="b")]:
            scene.apply(one)
        assert [f.get("more") for f in scene.frames()][:2] == ["left", "right"]


def opened():
    return of_battle("voting_opened")


def of_battle(kind):
    return Event(side="", attempt=0, number=0, kind=kind)


def state_after(events, *, begin="generating"):
    scene = Scene(state=begin)
    for one in events:
        scene.apply(one)
    return scene.frames()[-1]["state"]
