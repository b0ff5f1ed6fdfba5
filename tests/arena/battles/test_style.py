from __future__ import annotations

import pytest

from arena.battles.style import measure

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("", (0, 0, 0, 0)),
        ("Two words.", (3, 0, 0, 0)),
        ("# Title\n\nText", (3, 1, 0, 0)),
        ("#no heading", (3, 0, 0, 0)),
        ("- one\n- two\n1. three\n2) four", (10, 0, 4, 0)),
        ("a - b, 3.5 percent", (8, 0, 0, 0)),
        ("**bold** and __bold__", (7, 0, 0, 2)),
        ("2 ** 3 ** 4 and snake__case__name", (11, 0, 0, 0)),
        ("犬が二匹", (4, 0, 0, 0)),
        ("```\n# no heading\n- no list\n```\n# heading", (14, 1, 0, 0)),
    ],
)
def test_words_headings_lists_and_bold_are_counted(text, style):
    assert measure(text) == style


def test_a_long_answer_is_measured_at_once():
    assert measure("* **a** b\n" * 2000)[1:] == (0, 2000, 2000)


def test_unclosed_marks_do_not_take_long():
    measure("**a" * 7000)
    measure("__a " * 5000)
    measure("```\n" * 5001)
