"""Search, filters and order: what an address asks of a board."""

from __future__ import annotations

import pytest

from arena.leaderboard.selectors.standings import BoardLine
from arena.leaderboard.selectors.view import BoardView, options


def line(name, *, rating=None, votes=0, organization="", license="", status="active"):
    state = "too_few_votes" if rating is None else "rated"
    given = {"rating": rating, "vote_count": votes, "win_rate": votes / 100 if votes else None}
    return BoardLine(name.lower(), name, organization, license, status, state, **given)


LINES = (
    line("Heron", rating=1100.0, votes=40, organization="Kite Labs", license="MIT"),
    line("amber", rating=1000.0, votes=90, organization="Bluepeak", license="Apache-2.0"),
    line("Newt", rating=900.0, votes=60, organization="Kite Labs", status="retired"),
    line("Fresh", votes=3),
    line("Silent"),
)


def shown(**params):
    return [line.display_name for line in BoardView.of(params).pick(LINES)]


def test_an_empty_address_shows_the_board_as_it_stands():
    assert shown() == ["Heron", "amber", "Newt", "Fresh", "Silent"]


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"q": "HER"}, ["Heron"]),
        ({"q": "kite  newt"}, ["Newt"]),
        ({"q": "nothing"}, []),
        ({"organization": "Kite Labs"}, ["Heron", "Newt"]),
        ({"organization": "Kite Labs", "status": "active"}, ["Heron"]),
        ({"license": "Apache-2.0"}, ["amber"]),
        ({"status": "retired"}, ["Newt"]),
    ],
)
def test_search_and_filters_narrow_together(params, names):
    assert shown(**params) == names
    assert BoardView.of(params).narrows


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["amber", "Fresh", "Heron", "Newt", "Silent"]),
        ("-name", ["Silent", "Newt", "Heron", "Fresh", "amber"]),
        ("rating", ["Newt", "amber", "Heron", "Fresh", "Silent"]),
        ("-votes", ["amber", "Newt", "Heron", "Fresh", "Silent"]),
        ("votes", ["Silent", "Fresh", "Heron", "Newt", "amber"]),
        ("-win_rate", ["amber", "Newt", "Heron", "Fresh", "Silent"]),
        ("win_rate", ["Fresh", "Heron", "Newt", "amber", "Silent"]),
    ],
)
def test_lines_without_the_number_stand_last_in_either_direction(sort, names):
    assert shown(sort=sort) == names


@pytest.mark.parametrize("sort", ["", "-rating", "password", "--name", "-"])
def test_an_order_that_is_none_is_the_boards_own(sort):
    assert BoardView.of({"sort": sort}) == BoardView()


def test_an_address_keeps_what_was_asked_and_nothing_else():
    view = BoardView.of({"q": " a&b ", "sort": "votes", "fragment": "table", "status": ""})
    assert view.query == "q=a%26b&sort=votes"


def test_a_search_has_a_longest_length():
    assert len(BoardView.of({"q": "x" * 10_000}).q) == 100


def test_numbers_fall_at_the_first_click_and_rise_at_the_second():
    first = BoardView.of({"q": "k"}).column("votes")
    assert (first.aria, first.query) == ("", "q=k&sort=-votes")
    second = BoardView.of({"sort": "-votes"}).column("votes")
    assert (second.aria, second.query) == ("descending", "sort=votes")


def test_names_rise_first():
    assert BoardView().column("name").query == "sort=name"


def test_the_board_stands_by_rating_until_asked_otherwise():
    assert BoardView().column("rating").aria == "descending"
    assert BoardView.of({"sort": "name"}).column("rating").aria == ""


def test_a_filter_offers_what_occurs_if_there_is_a_choice():
    assert options(LINES, "license") == ["Apache-2.0", "MIT"]
    assert options(LINES[:1], "license") == []
