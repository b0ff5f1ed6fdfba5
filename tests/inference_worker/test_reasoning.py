"""A trace within the text is told apart, whole and in pieces of any size."""

from __future__ import annotations

import pytest

from inference_worker.reasoning import (
    KNOWN_MARKS,
    ReasoningSplitter,
    closing_mark_in,
)

SIZES = [1, 2, 3, 7, 1000]


def split(text, size, **options):
    splitter = ReasoningSplitter(options.pop("marks", None), **options)
    parts = [text[i : i + size] for i in range(0, len(text), size)]
    found = [one for part in parts for one in splitter.feed(part)] + list(splitter.close())
    trace = "".join(said for is_reasoning, said in found if is_reasoning)
    return trace, "".join(said for is_reasoning, said in found if not is_reasoning)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("marks", KNOWN_MARKS)
def test_known_marks_are_found_in_pieces_of_any_size(marks, size):
    opening, closing = marks
    assert split(f"{opening}so so{closing}\n\nyes", size) == ("so so", "yes")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("text", "trace", "answer"),
    [
        ("yes", "", "yes"),
        ("  yes <think>no</think>", "", "  yes <think>no</think>"),
        ("<thin air> is clear", "", "<thin air> is clear"),
        ("<", "", "<"),
        ("<think", "", "<think"),
        ("", "", ""),
        ("\n<think>so</think>yes", "so", "yes"),
        ("<think>so</think><think>and so</think> yes", "soand so", "yes"),
        ("<think></think>\n\nyes", "", "yes"),
        ("<think>so </thin </think>yes", "so </thin ", "yes"),
        ("<think>never ends </think", "never ends </think", ""),
        ("<think>a < b</think>1 < 2", "a < b", "1 < 2"),
    ],
)
def test_only_what_stands_between_marks_at_the_start_is_a_trace(text, trace, answer, size):
    assert split(text, size) == (trace, answer)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", ["so</think>yes", "<think>so</think>yes"])
def test_a_trace_that_the_template_opened_begins_at_once(text, size):
    assert split(text, size, inside=True) == ("so", "yes")


@pytest.mark.parametrize("size", SIZES)
def test_a_version_may_have_marks_of_its_own(size):
    marks = ("analysis", "assistantfinal")
    assert split("analysisso soassistantfinalyes", size, marks=marks) == ("so so", "yes")
    assert split("<think>so</think>yes", size, marks=marks) == ("", "<think>so</think>yes")


def test_a_closing_mark_alone_tells_of_a_trace_that_was_taken_for_the_answer():
    assert closing_mark_in("so so</think>yes") == ("<think>", "</think>")
    assert closing_mark_in("yes") is None
    assert closing_mark_in("write <think> before and </think> after") is None
