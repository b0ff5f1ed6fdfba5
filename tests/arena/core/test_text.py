"""The character policy."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.text import storable, tame
from tests.arena.core.hostile import CHARACTERS

ANY_TEXT = st.text(st.characters(codec=None))


@given(ANY_TEXT, st.integers(0, 50))
def test_taming_pieces_is_taming_the_whole(text, at):
    assert tame(text[:at]) + tame(text[at:]) == tame(text)


@given(ANY_TEXT)
def test_taming_twice_changes_nothing(text):
    assert tame(tame(text)) == tame(text)


@pytest.mark.parametrize("text", CHARACTERS)
def test_no_control_direction_or_hidden_character_is_left(text):
    left = {unicodedata.category(c) for c in tame(text) if c not in "\n\t\u200d\u200c"}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize("code", [*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0)])
def test_every_control_character_but_tab_and_newline_goes(code):
    assert tame(f"a{chr(code)}b") == "ab"


def test_line_ends_become_one_kind():
    assert tame("a\r\nb\nc") == "a\nb\nc"


@pytest.mark.parametrize("code", [0xE0001, 0xE0041, 0xE007F, 0xE0100, 0xE01EF])
def test_characters_that_smuggle_hidden_messages_go(code):
    assert tame(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, naïve café",
        "日本語のテキスト",
        "שלום עולם",
        "مرحبا بالعالم",
        "می\u200cخواهم",
        "क्\u200dष",
        "👨\u200d👩\u200d👧\u200d👦",
        "❤\ufe0f",
        "🏳\ufe0f\u200d🌈",
        "\U0001fae8",
        "\U0001fadf",
        "x² ≤ ∑ → ½ €",
        "\ttab and\nnewline",
        "a\u200eb",
    ],
)
def test_writing_is_left_alone(text):
    assert tame(text) == text


@given(ANY_TEXT)
def test_what_is_stored_can_be_written_as_utf8_and_json(text):
    stored = storable(text)
    assert "\0" not in stored
    assert json.loads(json.dumps(stored, ensure_ascii=False).encode()) == stored


def test_storing_keeps_what_can_be_stored():
    assert storable("Grüße\r\n\x1b[0m") == "Grüße\r\n\x1b[0m"
