"""Boards are tried out before a vote depends on them."""

from __future__ import annotations

import pytest

from arena.leaderboard.selectors import Filter
from arena.leaderboard.services.recipes import Recipe
from arena.leaderboard.services.trying import (
    GIVEN,
    Unusable,
    parameters_in_words,
    parameters_of,
    try_out,
)
from arena.rating.methods import available

CATEGORY = Filter(category="ocr")


def recipe(method="bradley_terry", chosen=CATEGORY, **parameters):
    return Recipe(method, {"min_votes": 1, "most_votes": 1000, **parameters}, chosen, seed=0)


@pytest.mark.parametrize("method", available())
@pytest.mark.parametrize("by_voter", [False, True])
def test_every_method_works_with_its_defaults(method, by_voter):
    try_out(recipe(method, Filter(by_voter=by_voter)))


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("bradley_terry", {"penalty": "none"}),
        ("bradley_terry", {"pooled": True}),
        ("bradley_terry", {"pooled": True, "deviation": 40.0}),
        ("elo", {"k": 8, "order": "averaged", "orders": 16}),
        ("style_controlled", {"ridge": 0.5}),
    ],
)
def test_what_a_method_knows_is_taken(method, parameters):
    try_out(recipe(method, **parameters))


@pytest.mark.parametrize(
    ("method", "parameters", "complaint"),
    [
        ("bradley_terry", {"penalty": "huge"}, "penalty 'huge' is none of firth, none"),
        ("bradley_terry", {"k": 4}, "bradley_terry knows no k; it knows: penalty, min_votes"),
        ("davidson", {"penalty": "none"}, "davidson knows no penalty"),
        ("davidson", {"pooled": True}, "Only bradley_terry"),
        ("bradley_terry", {"pooled": "yes"}, "pooled is true or false"),
        ("bradley_terry", {"pooled": True, "penalty": "none"}, "knows no penalty"),
        ("bradley_terry", {"min_votes": 0}, "min_votes is a whole number from 1 on"),
        ("bradley_terry", {"min_votes": 2.5}, "min_votes is a whole number from 1 on"),
        ("bradley_terry", {"min_votes": True}, "min_votes is a whole number from 1 on"),
        ("bradley_terry", {"method_version": 0}, "method_version is a whole number from 1 on"),
        ("davidson", {"method_version": "new"}, "method_version is a whole number from 1 on"),
        ("elo", {"method_version": 999}, "The newest method_version of elo is"),
        ("style_controlled", {"most_votes": -1}, "most_votes is a whole number from 1 on"),
        ("elo", {"k": -4}, "k has to lie between 0 and 100000"),
        ("elo", {"k": float("nan")}, "k has to lie between 0 and 100000"),
        ("elo", {"orders": 10_000_000}, "orders has to lie between"),
        ("elo", {"order": "sideways"}, "order 'sideways' is none of"),
        ("elo", {"order": "cast"}, "needs single votes"),
        ("elo", {"k": "four"}, "elo can't work with these parameters"),
        ("elo", {"orders": [3]}, "elo can't work with these parameters"),
        ("style_controlled", {"features": ["bold"]}, "style_controlled can't work with these"),
        ("bradley_terry", {"scale": 400}, "bradley_terry knows no scale"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(method, parameters, complaint):
    with pytest.raises(Unusable, match=complaint.replace("(", r"\(")):
        try_out(recipe(method, **parameters))


def test_all_votes_are_pooled_towards_nothing():
    with pytest.raises(Unusable, match="no others to lean on"):
        try_out(recipe(chosen=Filter(), pooled=True))


def test_errors_by_voter_are_not_pooled():
    with pytest.raises(Unusable, match="without errors by voter"):
        try_out(recipe(chosen=Filter(category="ocr", by_voter=True), pooled=True))


def test_parameters_are_found_in_the_methods_themselves():
    assert parameters_of("bradley_terry") == {"penalty": "firth"}
    assert parameters_of("davidson") == {}


def test_each_method_is_described_with_its_defaults():
    lines = parameters_in_words()
    assert len(lines) == len(available())
    assert 'bradley_terry: penalty ("firth")' in lines
    assert "davidson: -" in lines


@pytest.mark.parametrize("method", available())
def test_what_the_arena_gives_is_not_the_operators(method):
    assert not GIVEN & set(parameters_of(method))
