"""Words with which vote files spell the outcome of a vote."""

from __future__ import annotations

import re

SPELLINGS = {
    "A": "model_a, a, left, first, model_1, side_a, response_a, answer_a, assistant_a, "
    "model_a_wins, a_wins, a>b, a>>b",
    "B": "model_b, b, right, second, model_2, side_b, response_b, answer_b, assistant_b, "
    "model_b_wins, b_wins, b>a, b>>a",
    "TIE": "tie, tied, draw, drawn, equal, same, a=b, b=a, both_good, tie (both_good)",
    "BOTH_BAD": "both_bad, tie (both_bad), both_are_bad, neither",
}
"""Spellings by the name of the outcome; case, spaces, `_`, `-` and brackets make no other."""


def plain(word: str) -> str:
    """The word in small letters without spaces, `_`, `-` and brackets."""
    return re.sub(r"[\s_()\[\]-]+", "", word.casefold())


MEANINGS = {
    plain(word): outcome for outcome, words in SPELLINGS.items() for word in words.split(", ")
}
"""The name of the outcome by the plain spelling."""
