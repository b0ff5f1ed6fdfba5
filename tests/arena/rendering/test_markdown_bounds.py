"""A text that was made to be slow is shown in full and costs little more than any other."""

from __future__ import annotations

import cProfile
import html
import json
import re
from collections import Counter

import pytest

from arena.core.kept import TextCache
from arena.rendering import markdown
from arena.rendering.markdown import render, render_blocks, split_finished
from arena.rendering.markdown_bounds import CELLS, LINES, MARKS, cut
from tests.arena.rendering.slow import GROWING, UNITS, answers, long

SLOW = [*map(long, UNITS), *GROWING]
CALLS = 1_000_000
"""Of Python functions for one text. Without the bounds the worst of these took 4.5 million."""


def calls(work):
    """How many calls Python makes: the same number at each run, unlike seconds."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch):
    monkeypatch.setattr(markdown, "_rendered", TextCache(1024))
    monkeypatch.setattr(markdown, "_split", TextCache(1024))


@pytest.mark.parametrize("text", SLOW, ids=range(len(SLOW)))
def test_no_text_takes_many_steps(text):
    assert calls(lambda: render(text)) < CALLS


@pytest.mark.parametrize("text", SLOW, ids=range(len(SLOW)))
def test_no_text_takes_many_steps_to_be_split(text):
    assert calls(lambda: split_finished(f"{text}\n\nx")) < CALLS


@pytest.mark.parametrize("text", answers(150, seed=7), ids=range(150))
def test_each_block_fits_into_a_frame(text):
    assert (
        max(len(json.dumps(b, ensure_ascii=False).encode()) for b in ["", *render_blocks(text)])
        < 50_000
    )


def words(text):
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^>]*>", " ", text)))


@pytest.mark.parametrize(
    "text",
    [
        "word *one* [two](http://e.example) " * 2000 + "last",
        "- word *one*\n" * 4000 + "- last",
        "| a | b |\n| - | - |\n" + "| word | one |\n" * 4000 + "\nlast",
        "- " * 40 + "last",
        ">" * 40 + " last",
        "".join(" " * 2 * depth + f"- word{depth}\n" for depth in range(30)) + "\nlast",
        "word " * 30_000 + "last",
        "```\n" + "word {one}\n" * 4000 + "```\nlast",
    ],
)
def test_past_a_bound_nothing_is_left_out(text):
    shown, written = Counter(words(render(text))), Counter(words(re.sub(r"\(http.*?\)", "", text)))
    assert written - shown == Counter()


def test_a_long_honest_answer_is_markdown_to_its_end():
    part = "## A *title*\n\n1. **First** of `two`\n2. Second, [here](http://e.example/)\n\n"
    part += "| a | b |\n| - | - |\n| c | d |\n\n"
    text = (part * 200)[:20_000].rpartition("\n\n")[0]
    shown = render(text)
    assert shown.count("<table>") == text.count("| - | - |")
    assert shown.count("<strong>") == text.count("**First**")
    assert "**" not in shown


def test_marks_in_code_do_not_count():
    text = "```\n" + "[*&<]\n" * MARKS + "```\n\n*end*"
    assert "<em>end</em>" in render(text[-LINES * 4 :].join(["```\n", ""]))


def test_what_is_past_the_marks_stays_as_it_was_written():
    shown = render("*a* " * MARKS + "\n\n*end*")
    assert shown.startswith("<p>*a* *a*")
    assert "<em>end</em>" in shown


def test_a_table_of_too_many_cells_stays_text():
    rows = "| x | y |\n" * (CELLS // 2 + 1)
    shown = render("| a | b |\n| - | - |\n" + rows)
    assert "<table>" not in shown
    assert shown.count("x | y") == rows.count("x | y")


def test_a_small_table_in_a_long_text_is_a_table():
    assert "<table>" in render("| a | b |\n| - | - |\n| c | d |\n\n" + "word\n" * 2000)


def test_lines_past_the_bound_are_verbatim():
    head, tail = cut("*a*\n" * (LINES + 5))
    assert (head.count("\n"), tail.count("\n")) == (LINES, 5)
    assert "<pre>*a*\n*a*\n*a*\n*a*\n*a*\n</pre>" in render(head + tail)


def test_a_text_is_rendered_once(monkeypatch):
    monkeypatch.setattr(markdown, "_rendered", TextCache(1024 * 1024))
    text = long("[")
    first = render(text)
    monkeypatch.setattr(markdown, "_render_blocks", None)
    assert render(text) == first


def test_what_is_kept_has_a_bound():
    kept = TextCache(500)
    for number in range(200):
        kept.get(str(number), lambda text: [text * 50])
    assert kept._bytes <= 500
    assert len(kept._results) == len({*kept._results}) < 40
    assert kept.get("199", lambda _text: pytest.fail("made twice")) == ["199" * 50]


def test_what_nobody_asked_for_in_a_while_is_forgotten():
    kept = TextCache(10_000, seconds=0.0)
    kept.get("erased", lambda text: [text])
    kept.get("another", lambda text: [text])
    assert len(kept._results) <= 1
    assert kept._bytes == sum(len(result) for _, result in kept._results.values())
