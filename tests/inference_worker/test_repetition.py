"""What is a loop, what only looks like one, and that it does not matter how the answer comes in."""

from __future__ import annotations

import base64
from random import Random

import pytest

from inference_worker.repetition import CHECK_EVERY, LONGEST_UNIT, RepetitionCheck

CHANCE = Random(11)
WORDS = ("cats", "sit", "on", "the", "red", "sofa", "and", "look", "at", "green", "pears", "while")


def sentence(length):
    return " ".join(CHANCE.choice(WORDS) for _ in range(length)).capitalize() + ". "


INTRODUCTION = "".join(sentence(9) for _ in range(6)) + "\n\n"
REFRAIN = "Row, row, row your boat,\nGently down the stream,\nMerrily, merrily, merrily, merrily,\n"

LOOPS = {
    "one word": "No" * 2000,
    "a line": "- The cat is on the sofa.\n" * 200,
    "thirty tokens": sentence(30) * 60,
    "a paragraph": (sentence(20) + "\n\n") * 60,
    "Chinese": "图片里有一只猫。" * 400,
    "a run of one sign": "=" * 6000,
    "blank lines": "\n" * 6000,
    "numbers": "0, " * 3000,
    "a line of code": "```python\n" + "    draw(cat)\n" * 600,
}

ANSWERS = {
    "a table": "| animal | seen |\n|---|---|\n"
    + "".join(f"| cat {n} | {'yes' if n % 2 else 'no'} |\n" for n in range(300)),
    "numbers": ", ".join(str(n) for n in range(1000)),
    "numbers that are often the same": ", ".join(CHANCE.choice("01") for _ in range(3000)),
    "a matrix of zeros": "\n".join(" ".join("0" * 25) for _ in range(25)),
    "a poem with a refrain": "".join(f"{sentence(12)}\n{REFRAIN}" for _ in range(30)),
    "a song that ends with its refrain": sentence(40) + REFRAIN * 4,
    "lines of code": "```python\n"
    + "".join(f"    self.point_{n} = Point(self.origin, {n})\n" for n in range(200)),
    "an empty table of HTML": "```html\n" + ("<tr>\n" + "  <td></td>\n" * 10 + "</tr>\n") * 10,
    "cells of a board": "```html\n" + '<i class="w"></i><i class="b"></i>\n' * 32,
    "base64": base64.b64encode(CHANCE.randbytes(6000)).decode(),
    "base64 with a field of zeros": base64.b64encode(CHANCE.randbytes(900) + bytes(900)).decode(),
    "a long line under a heading": f"Result\n{'=' * 300}\n" + sentence(300),
    "rules between sections": "".join(f"{sentence(15)}\n\n{'-' * 80}\n\n" for _ in range(40)),
    "a numbered list": "".join(f"{n}. The cat is on the sofa.\n" for n in range(1, 200)),
    "a wide ruler of a table": "|" + "---|" * 120 + "\n" + sentence(100),
    "a laugh": "Ha" * 100 + " " + sentence(200),
    "long prose": "".join(sentence(CHANCE.randint(5, 25)) for _ in range(300)),
    "a page that comes round again": (LONG := sentence(150)) * 4,
}


def kept_whole(text):
    return RepetitionCheck().keep(text)


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("before", ["", INTRODUCTION])
def test_a_loop_is_found_before_it_has_gone_on_for_long(name, before):
    check = RepetitionCheck()
    kept = check.keep(before + LOOPS[name])
    assert check.repeats
    unhurried = name in ("a run of one sign", "blank lines", "numbers", "a line of code")
    assert len(kept) - len(before) <= (2200 if unhurried else 1200 + LONGEST_UNIT)
    assert (before + LOOPS[name]).startswith(kept)


@pytest.mark.parametrize("name", ANSWERS)
def test_what_only_looks_like_a_loop_is_let_through(name):
    check = RepetitionCheck()
    assert check.keep(ANSWERS[name]) == ANSWERS[name]
    assert not check.repeats


@pytest.mark.parametrize("name", [*LOOPS, *ANSWERS])
def test_pieces_make_no_difference(name):
    text = {**LOOPS, **ANSWERS}[name]
    whole = kept_whole(text)
    for size in (1, 3, 7, CHECK_EVERY, 1000):
        check = RepetitionCheck()
        kept = "".join(check.keep(text[at : at + size]) for at in range(0, len(text), size))
        assert kept == whole
        assert check.keep("more") == ("" if check.repeats else "more")


def test_an_answer_that_goes_on_after_a_few_repeats_is_no_loop():
    for repeats in range(1, 8):
        text = "The cat is on the sofa.\n" * repeats + sentence(200)
        assert kept_whole(text * 3) == text * 3


def test_what_is_kept_of_an_answer_is_bounded():
    check = RepetitionCheck()
    for _ in range(2000):
        check.keep(sentence(20))
    assert len(check._tail) + sum(map(len, check._pieces)) < 6000
