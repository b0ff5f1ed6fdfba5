from __future__ import annotations

from random import Random

from inference_worker.samples.picture_pairs import later, together
from tests.inference_worker.samples.scenery import chart, pair, row, sign

SEEDS = range(100)


def answers(one, other, *words):
    return {
        asked.turns[0].answer
        for seed in SEEDS
        for asked in together(one, other, Random(seed))
        if all(word in asked.turns[0].prompt.lower() for word in words)
    }


def test_a_question_names_the_picture_that_it_is_about():
    assert answers(row(), sign(), "say", "second") == {'It says "K7Q".'}
    assert answers(sign(), row(), "star", "second", "col") == {"It is blue."}
    assert answers(chart(), pair(), "bars", "first") == {"I count three."}


def test_a_thing_in_both_pictures_is_not_looked_for():
    assert not answers(row(), row(), "which picture")


def test_two_pictures_come_with_the_first_question():
    assert {asked.pictures for asked in together(row(), sign(), Random(0))} == {(2,)}


def test_the_later_picture_is_the_one_that_is_asked_about():
    for seed in SEEDS:
        asked = later(row(), sign(), Random(seed))
        assert asked.pictures == (1, 1)
        assert "K7Q" in asked.turns[1].answer or "green" in asked.turns[1].answer


def test_the_same_may_be_asked_of_the_later_picture():
    told = {later(sign("AB"), sign("CD"), Random(seed)).turns for seed in SEEDS}
    again = [turns for turns in told if turns[1].prompt.lower().startswith("and")]
    assert {(turns[0].answer, turns[1].answer) for turns in again} == {
        ('It says "AB".', 'It says "CD".')
    }
