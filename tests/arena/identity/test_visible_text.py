"""Text as a reader takes it in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.identity.visible_text import latin, lowered, readable, visible_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Q**wen** and *this*", "Qwen and this"),
        ("Q<b>w</b>en, Q<!-- a -->wen, Q[b]w[/b]en", "Qwen, Qwen, Qwen"),
        ("`Q&#119;en` and &amp;#81;wen", "Qwen and Qwen"),
        ("&#81;wen &amp; co", "Qwen & co"),
        ("a\nb", "a b"),
        ("a  \nb", "a\n b"),
        ("# a\n\nb\n\n- c\n- d", "a\n b\n \n c\n\n d"),
        ("`a`<b>", "a<b>"),
        ("[a](http://e.example/?x=>) b", "a b"),
        ("Q\u200bwen \U000e0067", "Qwen "),
    ],
)
def test_markup_is_gone_and_blocks_are_lines(markdown, text):
    shown = [line.strip() for line in visible_text(markdown).split("\n") if line.strip()]
    assert shown == [line.strip() for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize(
    "text",
    [
        *("Ｑｗｅｎ", "𝐐𝐰𝐞𝐧", "Ⓠⓦⓔⓝ", "🅠🅦🅔🅝", "🇶🇼🇪🇳", "ǫᴡᴇɴ", "Ԛwеn", "Qẅén"),
        "Qʍǝn",
        "Q\u0336w\u0336e\u0336n\u0336",
        "Q\u200dwen\ufe0f",
    ],
)
def test_letters_that_look_like_latin_ones_are_told(text):
    assert latin(readable(text)) == "qwen"


@given(st.text())
def test_every_place_stays_where_it_was(text):
    assert len(latin(text)) == len(lowered(text)) == len(text)


def test_other_writing_is_left_alone():
    assert readable("Привет мир, 通义千问 です कृपया") == "Привет мир, 通义千问 です कृपया"


def test_lines_of_code_stay_lines():
    assert visible_text("```\n# one\ntwo\n```").split("\n")[:2] == ["# one", "two"]
