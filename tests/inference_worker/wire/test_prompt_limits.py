"""How long a prompt may be, counted without a tokenizer."""

from __future__ import annotations

import pytest

from inference_worker.wire.prompt_limits import PromptLimit, measured

LIMIT = PromptLimit("shipped:heron", 900, 450)


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("", 0),
        ("a", 1),
        ("ab", 1),
        ("abc", 2),
        ("a red cat", 5),
        ("Red?", 3),
        ("1234", 4),
        ("\n\t", 2),
        ("红色", 6),
        ("é", 2),
        ("😀", 4),
        ("x" * 1000, 450),
    ],
)
def test_plain_letters_are_counted_by_the_rate_and_all_else_by_bytes(text, takes):
    assert LIMIT.takes(text) == takes


@pytest.mark.parametrize("rate", [1000, 4000])
def test_nothing_is_counted_by_more_than_its_bytes(rate):
    text = "a red cat, 红色 😀"
    assert PromptLimit("", 1, rate).takes(text) == len(text.encode())


@pytest.mark.parametrize(
    ("text", "excess"),
    [("x" * 2000, 0), ("x" * 2001, 3), ("红" * 300, 0), ("红" * 301, 1), ("红" * 420, 120)],
)
def test_what_is_too_much_is_told_in_characters(text, excess):
    assert LIMIT.excess(text) == excess


@pytest.mark.parametrize("text", ["红" * 420, "😀" * 300, "ab1 " * 600, "a" * 1999 + "\n" * 700])
def test_without_so_many_characters_of_its_kind_a_text_fits(text):
    share = len(text) - LIMIT.excess(text)
    assert LIMIT.takes(text) * share / len(text) <= LIMIT.tokens
    assert LIMIT.takes(text) * (share + 1) / len(text) > LIMIT.tokens


def test_the_rate_is_that_of_the_english_text():
    assert measured("m", 100, english="a red cat.", taken=4) == PromptLimit("m", 100, 445)


def test_a_model_whose_picture_takes_all_places_takes_no_prompt():
    assert measured("m", -40, english="a red cat", taken=4).tokens == 0


def test_one_that_knows_single_letters_alone_counts_by_bytes():
    assert measured("m", 100, english="a cat!", taken=6).rate == 1000
