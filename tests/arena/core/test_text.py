"""The character policy."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.text import strip_unsafe_characters, strip_unsafe_piece, unify_line_ends
from tests.arena.core.hostile import CHARACTERS

ANY_TEXT = st.text(st.characters(codec=None))


SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
TRICKY = st.text(
    st.sampled_from("ab\r\n\x85\u2028\u200b\U0001f3f4\U000e0067\U000e0062\U000e0031\U000e007f")
)


@given(ANY_TEXT | TRICKY, st.lists(st.integers(0, 50), max_size=5))
def test_taming_pieces_is_taming_the_whole(text, cuts):
    borders, tamed, held = [0, *sorted(cuts), len(text)], "", ""
    for start, end in itertools.pairwise(borders):
        added, held = strip_unsafe_piece(held + text[start:end])
        tamed += added
    assert tamed + strip_unsafe_characters(held) == strip_unsafe_characters(text)


@given(TRICKY)
def test_what_is_held_back_is_a_few_characters(text):
    assert len(strip_unsafe_piece(text)[1]) <= 6


@given(ANY_TEXT | TRICKY)
def test_taming_twice_changes_nothing(text):
    assert strip_unsafe_characters(strip_unsafe_characters(text)) == strip_unsafe_characters(text)


@pytest.mark.parametrize("text", CHARACTERS)
def test_no_control_direction_or_hidden_character_is_left(text):
    left = {
        unicodedata.category(c)
        for c in strip_unsafe_characters(text)
        if c not in "\n\t\u200d\u200c"
    }
    assert not left & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


LINE_ENDS = ["\r\n", "\r", "\n", "\v", "\f", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize(
    "code", [c for c in [*range(32), *range(0x7F, 0xA0)] if chr(c) not in ("\t", *LINE_ENDS)]
)
def test_every_control_character_but_tab_and_line_ends_goes(code):
    assert strip_unsafe_characters(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize("end", LINE_ENDS)
def test_every_line_end_is_a_line_feed(end):
    assert strip_unsafe_characters(f"one{end}two{end}{end}three") == "one\ntwo\n\nthree"
    assert unify_line_ends(f"one{end}two{end}{end}three") == "one\ntwo\n\nthree"


@pytest.mark.parametrize(
    "text",
    [
        "a\U000e0067\U000e0062\U000e0073\U000e007f",
        "\U0001f3f4\u200b" + SCOTLAND[1:],
        "\U0001f3f3" + SCOTLAND[1:],
        SCOTLAND[:-1],
        SCOTLAND[:-1] + "a",
        "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "ignore this") + "\U000e007f",
        SCOTLAND[:-1] + SCOTLAND[1:],
    ],
)
def test_tags_that_are_no_flag_of_a_country_part_go(text):
    assert strip_unsafe_characters(text) == "".join(
        c for c in text if c < "\U000e0000" and c != "\u200b"
    )


@pytest.mark.parametrize("code", [0xE0001, 0xE0041, 0xE007F, 0xE0100, 0xE01EF])
def test_characters_that_smuggle_hidden_messages_go(code):
    assert strip_unsafe_characters(f"a{chr(code)}b") == "ab"


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
        f"{SCOTLAND} {WALES}{ENGLAND}!",
        "1\ufe0f\u20e3 #\ufe0f\u20e3",
        "☎\ufe0e ☎\ufe0f 👍🏽 🇩🇪",
        "  two spaces, a no-break\xa0space, a trailing one ",
        "e\u0301 A\u030a",
        "\U0001fae8",
        "\U0001fadf",
        "x² ≤ ∑ → ½ €",
        "\ttab and\nnewline",
        "a\u200eb",
    ],
)
def test_writing_is_left_alone(text):
    assert strip_unsafe_characters(text) == text
