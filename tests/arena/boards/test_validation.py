"""Boards are tried out before a vote depends on them."""

from __future__ import annotations

import json

import pytest
from django.utils.html import escape

from arena.boards.forms import BoardForm
from arena.boards.services.recipes import BoardRecipe
from arena.boards.services.validation import (
    UnusableBoard,
    options_of,
    try_out,
)
from arena.ledger.selectors.filters import VoteFilter
from arena.rating.methods import available_methods, load_method
from arena.rating.recipes import CHOOSING

CATEGORY = VoteFilter(category="ocr")


def recipe(method="bradley_terry", chosen=CATEGORY, **parameters):
    return BoardRecipe(method, {"min_votes": 1, "most_votes": 1000, **parameters}, chosen, seed=0)


@pytest.mark.parametrize("method", available_methods())
@pytest.mark.parametrize("by_voter", [False, True])
def test_every_method_works_with_its_defaults(method, by_voter):
    try_out(recipe(method, VoteFilter(by_voter=by_voter)))


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("bradley_terry", {"penalty": "none"}),
        ("bradley_terry", {"pooled": True}),
        ("bradley_terry", {"pooled": True, "deviation": 40.0}),
        ("elo", {"k": 8, "order": "averaged", "orders": 16}),
        ("style_controlled", {"ridge": 0.5}),
        ("davidson", {"weigh_pictures": True}),
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
        ("davidson", {"weigh_pictures": 1}, "weigh_pictures is true or false"),
        ("elo", {"weigh_pictures": True}, "elo can't weigh pictures back"),
        ("bradley_terry", {"weigh_pictures": True, "pooled": True}, "can't weigh pictures back"),
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
        ("elo", {"orders": 10_000_000}, "orders has to lie between 2 and 100000"),
        ("elo", {"orders": 1}, "orders has to lie between 2 and 100000"),
        ("elo", {"order": "sideways"}, "order 'sideways' is none of"),
        ("elo", {"order": "cast"}, "needs single votes"),
        ("elo", {"k": "four"}, "elo can't work with these parameters"),
        ("elo", {"orders": [3]}, "elo can't work with these parameters"),
        ("style_controlled", {"features": ["bold"]}, "style_controlled knows no features"),
        ("bradley_terry", {"scale": 400}, "bradley_terry knows no scale"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(method, parameters, complaint):
    with pytest.raises(UnusableBoard, match=complaint.replace("(", r"\(")):
        try_out(recipe(method, **parameters))


def test_all_votes_are_pooled_towards_nothing():
    with pytest.raises(UnusableBoard, match="no others to lean on"):
        try_out(recipe(chosen=VoteFilter(), pooled=True))


def test_errors_by_voter_are_not_pooled():
    with pytest.raises(UnusableBoard, match="without errors by voter"):
        try_out(recipe(chosen=VoteFilter(category="ocr", by_voter=True), pooled=True))


def test_a_pooled_board_has_other_options():
    assert [one.name for one in options_of(recipe())] == ["penalty"]
    assert [one.name for one in options_of(recipe(pooled=True))] == ["deviation"]


@pytest.mark.parametrize("method", available_methods())
def test_no_option_has_the_name_of_a_parameter_of_the_site(method):
    told = load_method(method).DESCRIPTION
    assert not set(CHOOSING) & {one.name for one in (*told.options, *told.pooled_options)}


@pytest.mark.parametrize("method", available_methods())
def test_the_form_shows_each_method_with_its_options(method):
    told, form = load_method(method).DESCRIPTION, BoardForm()
    assert (method, f"{told.title} ({method})") in form.fields["method"].choices
    for option in (*told.options, *told.pooled_options):
        line = f"{method}: {option.name} ({escape(json.dumps(option.default))}), {option.summary}"
        assert line in form.fields["parameters"].help_text
