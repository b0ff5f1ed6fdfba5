"""What a page is told of each side."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from arena.battles.states import SITE_FAILURES
from arena.core.text import strip_unsafe_piece
from arena.live import panes
from arena.live.panes import SideView
from arena.rendering import markdown
from arena.rendering.markdown import render
from inference_worker.wire.messages import FAILURE_CODES
from tests.arena.core.hostile import EVERYTHING
from tests.arena.core.test_text import SCOTLAND
from tests.arena.live.reading import SIDE_FIELDS, Reader, answer, event
from tests.arena.rendering.slow import answers

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


def take_all(reader, pane):
    for frame in pane.frames():
        reader.take(frame)


def one_frame(pane):
    [frame] = pane.frames()
    return frame


def read(events, *, every=1):
    """A page that gets a frame after every so many events."""
    pane, reader = SideView("a"), Reader()
    for number, one in enumerate(events, 1):
        pane.apply(one)
        if number % every == 0:
            take_all(reader, pane)
    take_all(reader, pane)
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
    known = strip_unsafe_piece(text)[0]
    finished, rest = known[: -len(reader.open) or None], reader.open
    assert finished + rest == known
    assert reader.html == "" or render(finished).replace("\n", "") == reader.html.replace("\n", "")


@pytest.mark.parametrize(
    ("pieces", "html"),
    [
        (("one\r", "\ntwo"), "<p>one\ntwo</p>\n"),
        (("one\r", "two\u2028", "three\r"), "<p>one\ntwo\nthree</p>\n"),
        (tuple(SCOTLAND), f"<p>{SCOTLAND}</p>\n"),
        ((SCOTLAND[:3],), "<p>\U0001f3f4</p>\n"),
    ],
)
def test_what_two_events_make_together_is_shown_as_one(pieces, html):
    assert read(answer(*pieces)).html == html
    pane = SideView("a")
    for one in answer(*pieces, end=None):
        pane.apply(one)
    pane.load(attempt=1, state="ended", text="".join(pieces), code="")
    assert one_frame(pane)["html"] == html


def test_what_was_held_of_one_attempt_is_not_shown_in_the_next():
    events = [*answer("one\r", end=None), *answer("two", attempt=2)]
    assert read(events).html == "<p>two</p>\n"


def test_finished_blocks_are_html_and_the_open_one_is_text():
    reader = read(answer("One *two*.\n\nThr", "ee *fo", end=None))
    assert (reader.html, reader.open) == ("<p>One <em>two</em>.</p>\n", "Three *fo")


def test_a_frame_has_just_the_fields_of_the_contract():
    pane = SideView("b")
    pane.apply(event("started", side="b"))
    assert set(one_frame(pane)) == SIDE_FIELDS


def test_the_first_frame_resets_and_holds_everything_so_far():
    pane = SideView("a")
    for one in answer("a\n\nb", end=None):
        pane.apply(one)
    frame = one_frame(pane)
    assert (frame["reset"], frame["html"], frame["more"]) == (True, "<p>a</p>\n", "b")


def test_a_frame_holds_only_what_is_new():
    pane = SideView("a")
    for one in answer("abc", end=None):
        pane.apply(one)
    pane.frames()
    pane.apply(event("delta", "def", number=2))
    frame = one_frame(pane)
    assert (frame["reset"], frame["html"], frame["more"]) == (False, "", "def")


def test_nothing_new_is_no_frame():
    pane = SideView("a")
    pane.frames()
    assert pane.frames() == []


def test_a_frame_tells_attempt_and_number():
    pane = SideView("a")
    for one in answer("a", "b", end=None, attempt=2):
        pane.apply(one)
    frame = one_frame(pane)
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


@pytest.mark.parametrize(("said", "code"), [("", ""), ("absent", "absent"), ("x", "")])
def test_a_stop_tells_whether_the_arena_did_it(said, code):
    pane = SideView("a")
    pane.apply(event("stopped", said))
    assert (pane.state, pane.code) == ("stopped", code)


@pytest.mark.parametrize("code", [*FAILURE_CODES, *SITE_FAILURES])
def test_a_failure_tells_its_code(code):
    pane = SideView("a")
    pane.apply(event("failed", code))
    assert one_frame(pane)["code"] == code


def test_a_failure_with_a_code_of_its_own_tells_nothing_of_it():
    pane = SideView("a")
    pane.apply(event("failed", "401 from api.vendor.example: model big-1"))
    assert one_frame(pane)["code"] == "internal"


def test_a_stored_answer_is_whole_and_final():
    pane, reader = SideView("a"), Reader()
    pane.load(attempt=2, state="ended", text="a\n\nb", code="")
    for one in [*answer("other", attempt=1), *answer("same", attempt=2)]:
        pane.apply(one)
    take_all(reader, pane)
    assert (reader.html, reader.states) == (render("a\n\nb"), ["ended"])


def test_a_stored_failure_gives_way_to_the_next_attempt():
    pane, reader = SideView("a"), Reader()
    pane.load(attempt=1, state="failed", text="", code="timeout")
    for one in answer("again", attempt=2):
        pane.apply(one)
    take_all(reader, pane)
    assert (reader.html, pane.code) == (render("again"), "")


def test_a_list_that_never_closes_is_not_parsed_at_each_line(monkeypatch):
    parsed = []

    def counting(text):
        parsed.append(len(text))
        return "", text

    monkeypatch.setattr(panes, "split_finished", counting)
    read(answer(*["- a\n\n"] * 4000, end=None), every=100)
    assert sum(parsed) < 5 * 4000 * len("- a\n\n")


def test_a_list_with_blank_lines_is_finished_once_something_else_follows():
    reader = read(answer(*["- a\n\n"] * 20, "Then this.\n\n" * 8, "And", end=None))
    assert reader.html.count("<li>") == 20


def size(frame):
    return len(json.dumps(frame, ensure_ascii=False).encode())


LARGE = [*answers(90, seed=3), "\U0001f389\n\n" * 30_000, '"' * 100_000, "word " * 40_000]


@pytest.mark.parametrize("text", LARGE, ids=range(len(LARGE)))
def test_however_large_an_answer_is_its_frames_are_small_and_bring_all_of_it(text):
    pane, reader = SideView("a"), Reader()
    pane.load(attempt=1, state="ended", text=text, code="length")
    frames = pane.frames()
    for frame in frames:
        assert size(frame) <= 65_536
        reader.take(frame)
    assert reader.html == render(text)
    assert [(f["state"], f["code"]) for f in frames[:-1]] == [("streaming", "")] * (len(frames) - 1)
    assert (frames[-1]["state"], frames[-1]["code"]) == ("ended", "length")
    assert [frame["reset"] for frame in frames] == [True, *[False] * (len(frames) - 1)]


def test_open_text_comes_in_small_frames_too():
    pane, reader = SideView("a"), Reader()
    for one in answer("first\n\n" + "\U0001f389" * 50_000, end=None):
        pane.apply(one)
    frames = pane.frames()
    assert max(map(size, frames)) <= 65_536
    for frame in frames:
        reader.take(frame)
    assert (reader.html, reader.open) == ("<p>first</p>\n", "\U0001f389" * 50_000)


@pytest.mark.parametrize("code", ["length", "repetition"])
def test_an_answer_that_was_cut_says_so(code):
    pane = SideView("a")
    for one in answer("so far"):
        pane.apply(one if one.kind != "ended" else replace(one, text=code))
    assert one_frame(pane)["code"] == code


@pytest.mark.parametrize("said", ["", "quetzal-7b", "timeout"])
def test_an_end_says_nothing_else(said):
    pane = SideView("a")
    for one in answer("so far"):
        pane.apply(one if one.kind != "ended" else replace(one, text=said))
    assert one_frame(pane)["code"] == ""


def test_what_was_parsed_ahead_is_what_the_frame_shows(monkeypatch):
    pane = SideView("a")
    for one in answer("[" * 5_000):
        pane.apply(one)
    assert pane.parses_long
    pane.parse_ahead()
    monkeypatch.setattr(markdown, "_render_blocks", None)
    assert one_frame(pane)["html"].count("[") == 5_000
    assert not pane.parses_long


def test_what_grows_is_parsed_ahead_too(monkeypatch):
    pane = SideView("a")
    for one in answer("[" * 5_000 + "\n\nmore", end=None):
        pane.apply(one)
    assert pane.parses_long
    pane.parse_ahead()
    monkeypatch.setattr(markdown, "_render_blocks", None)
    monkeypatch.setattr(markdown, "_split_finished", None)
    assert one_frame(pane)["more"] == "more"
