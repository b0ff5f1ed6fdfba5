from __future__ import annotations

import json

import pytest

from arena.rating.printing import as_figures, as_rows

ROW = {
    "model": "x",
    "state": "rated",
    "rating": 1012.345,
    "rating_lower": 990.0,
    "rating_upper": 1030.0,
    "rank": 1,
    "tier": 1,
    "votes": 7,
}
ANSWERS = {"side": {"points": 12.34, "votes": 3}, "voters": None, "parts": [["x", "y"], ["z"]]}


def test_the_table_rounds_for_people():
    head, line = as_rows([ROW], "table").splitlines()
    assert head.split() == [
        *("rank", "model", "rating", "rating_lower", "rating_upper", "tier", "votes", "state")
    ]
    assert line.split() == ["1", "x", "1012.3", "990.0", "1030.0", "1", "7", "rated"]


def test_nothing_in_a_name_moves_the_cursor():
    table = as_rows([{**ROW, "model": "x\x1b[2J\ny"}], "table")
    assert "\x1b" not in table
    assert "x\\x1b[2J\\ny" in table
    assert len(table.splitlines()) == 2


def test_json_keeps_every_digit():
    assert json.loads(as_rows([ROW], "json")) == [ROW]


def test_figures_carry_their_path():
    lines = as_figures(ANSWERS, "csv").splitlines()
    assert lines[:4] == ["figure,value", "side.points,12.34", "side.votes,3", "voters,"]


def test_figures_for_people_are_aligned():
    lines = as_figures(ANSWERS, "table").splitlines()
    assert lines == [
        "side points  12.3",
        "side votes   3",
        "voters       -",
        "parts        x, y, z",
    ]


def test_a_figure_that_json_cannot_hold_is_an_error():
    with pytest.raises(ValueError, match="JSON"):
        as_figures({"side": float("nan")}, "json")
