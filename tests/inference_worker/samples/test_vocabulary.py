from __future__ import annotations

from itertools import combinations, product
from math import dist

import pytest

from inference_worker.samples.vocabulary import (
    CHARACTERS,
    COLOURS,
    HELD_OUT_PAIRS,
    HORIZONTAL,
    NUMBERS,
    SHAPES,
    VERTICAL,
    emoji,
    words,
)


@pytest.mark.parametrize(("one", "other"), [*combinations(COLOURS, 2)])
def test_no_two_colours_are_so_near_that_their_shades_could_meet(one, other):
    shade = 14 * 3**0.5  # how far a thing's colour may lie from its name's
    assert dist(COLOURS[one], COLOURS[other]) > shade


def test_names_are_single_lower_case_words():
    for name in (*COLOURS, *SHAPES, *NUMBERS, *VERTICAL, *HORIZONTAL):
        assert name.isalpha()
        assert name == name.lower()


def test_no_name_stands_for_two_things():
    names = [*COLOURS, *SHAPES, *NUMBERS, *VERTICAL, *HORIZONTAL]
    assert len(set(names)) == len(names)


def test_numbers_count_from_nothing_to_the_most_that_is_drawn():
    assert NUMBERS[0] == "zero"
    assert NUMBERS[6] == "six"


def test_digits_and_capitals_can_be_read():
    assert len(CHARACTERS) == 36
    assert CHARACTERS.isalnum()
    assert CHARACTERS.upper() == CHARACTERS


def test_words_to_read_are_made_of_what_can_be_read():
    assert all(set(word) <= set(CHARACTERS) for word in words())
    assert len(set(words())) == len(words())


def test_held_out_pairs_are_pairs_that_could_be_drawn():
    assert set(product(COLOURS, SHAPES)) > HELD_OUT_PAIRS
    assert len({colour for colour, _ in HELD_OUT_PAIRS}) == len(HELD_OUT_PAIRS)


def test_there_are_as_many_emoji_as_the_cards_say():
    assert len(emoji()) == 280
