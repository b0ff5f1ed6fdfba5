"""Facts in a visitor's words."""

from __future__ import annotations

import pytest

from arena.reveal.words import LONGEST, STEPS, energy_words, says, size_words, time_step


@pytest.mark.parametrize(
    ("watt_hours", "words"),
    [
        (None, ""),
        (0.0, "0 Wh"),
        (0.000_012_34, "0.000012 Wh"),
        (0.5, "0.5 Wh"),
        (1234.0, "1200 Wh"),
    ],
)
def test_an_energy_has_two_digits_that_count(watt_hours, words):
    assert energy_words(watt_hours) == words.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "under 1 s"),
        (999, "under 1 s"),
        (1000, "1 to 2 s"),
        (9_999, "5 to 10 s"),
        (90_000, "over 30 s"),
    ],
)
def test_times_are_told_in_steps(milliseconds, words):
    assert str(time_step(milliseconds).words) == words


def test_there_are_too_few_steps_to_tell_models_apart_by():
    steps = {time_step(ms) for ms in range(0, 60_000, 7)}
    assert len(steps) == len(STEPS) + 1
    assert time_step(10**9) == time_step(30_000) == max(steps, key=lambda one: one.percent)
    assert str(time_step(10**9).words) == str(LONGEST)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (None, ""),
        (950, "950 parameters"),
        (3_440_604, "3.4 million parameters"),
        (62_012_280, "62 million parameters"),
        (7_615_616_512, "7.6 billion parameters"),
    ],
)
def test_sizes_are_rounded(parameters, words):
    assert size_words(parameters) == words


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ("I count two.", "I count two."),
        ("There are 2 stars in it", "I count two."),
        ('The sign says "EDZZX"', 'It says "EDZZX".'),
        ("Yes, it is.", "Yes."),
        ("It's a red apple!", "I see a red apple."),
    ],
)
def test_an_answer_says_what_is_right_in_other_words_too(answer, truth):
    assert says(answer, truth)


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ("I count twenty.", "I count two."),
        ("No.", "Yes."),
        ("", "Yes."),
        ("Anything", ""),
        ("12", "I count two."),
    ],
)
def test_what_it_does_not_say_is_not_claimed(answer, truth):
    assert not says(answer, truth)
