"""Options of methods are read from text, and bad ones refused with a sentence."""

from __future__ import annotations

import pytest

from arena.rating.descriptions import MethodOption

ORDER = MethodOption("order", "averaged", "", choices=("averaged", "cast"))
ROUNDS = MethodOption("rounds", 64, "", least=2)
FACTOR = MethodOption("factor", 4.0, "")


def test_a_text_becomes_a_value_of_the_kind_of_the_default():
    assert [ORDER.parse("cast"), ROUNDS.parse("8"), FACTOR.parse("8")] == ["cast", 8, 8.0]
    assert isinstance(FACTOR.parse("8"), float)


@pytest.mark.parametrize(
    ("option", "text", "complaint"),
    [
        (ORDER, "sideways", "order 'sideways' is none of averaged, cast"),
        (ROUNDS, "8.5", "rounds '8.5' is not a whole number"),
        (ROUNDS, "1", "rounds has to lie between 2 and 100000"),
        (ROUNDS, "9" * 30, "rounds has to lie between 2 and 100000"),
        (FACTOR, "many", "factor 'many' is not a number"),
        (FACTOR, "nan", "factor has to lie between 0 and 100000"),
        (FACTOR, "inf", "factor has to lie between 0 and 100000"),
        (FACTOR, "-1", "factor has to lie between 0 and 100000"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(option, text, complaint):
    with pytest.raises(ValueError, match=complaint):
        option.parse(text)
