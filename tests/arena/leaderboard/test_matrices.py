from __future__ import annotations

import pytest

from arena.leaderboard.selectors.matrices import TOPS, matrices, top_of
from arena.leaderboard.selectors.standings import BoardLine
from arena.ledger.selectors.head import LedgerHead
from arena.ledger.selectors.tallies import VoteTally
from arena.rating.comparisons import PairCounts, VoteOutcome

SLUGS = ("amber", "heron", "newt")
CELLS = [
    (1, 0, VoteOutcome.A, 6),  # heron beats amber six times, once from the other side
    (0, 1, VoteOutcome.B, 1),
    (0, 1, VoteOutcome.A, 1),
    (0, 1, VoteOutcome.TIE, 1),
    (1, 0, VoteOutcome.BOTH_BAD, 1),
    (2, 0, VoteOutcome.B, 40),
]


def lines(*slugs):
    return [BoardLine(slug, slug.title(), "", "", "active", "rated") for slug in slugs]


@pytest.fixture
def tally():
    return VoteTally(
        LedgerHead(50, "0"), SLUGS, PairCounts.from_cells(3, *zip(*CELLS, strict=True))
    )


def cell(found, row, column):
    return found.rows[row].cells[column]


def test_both_sides_and_both_ties_go_into_one_cell(tally):
    found = matrices(lines("heron", "amber", "newt"), tally, 10)
    assert (cell(found, 0, 1).votes, cell(found, 0, 1).percent) == (10, 80)
    assert (cell(found, 1, 0).votes, cell(found, 1, 0).percent) == (10, 20)


def test_a_pair_that_never_won_from_one_slot_is_there(tally):
    """What other boards lose by adding two tables of different shape."""
    found = matrices(lines("amber", "newt"), tally, 10)
    assert cell(found, 0, 1).percent == 100
    assert cell(found, 1, 0).percent == 0


def test_the_order_is_the_boards(tally):
    found = matrices(lines("newt", "heron", "amber"), tally, 10)
    assert [row.line.model_name for row in found.rows] == ["newt", "heron", "amber"]
    assert cell(found, 2, 0).percent == 100


def test_who_never_met_has_no_cell(tally):
    found = matrices(lines("heron", "newt", "amber"), tally, 10)
    assert cell(found, 0, 1) is cell(found, 0, 0) is None
    assert (found.met, found.pairs) == (2, 3)


def test_only_the_first_are_shown_and_models_without_votes_never(tally):
    found = matrices(lines("silent", "heron", "amber", "newt"), tally, 2)
    assert [row.line.model_name for row in found.rows] == ["heron", "amber"]
    assert found.total == 3


def test_tones_run_from_one_to_five(tally):
    found = matrices(lines("heron", "amber", "newt"), tally, 10)
    cells = [c for row in found.rows for c in row.cells if c]
    assert {c.win_tone for c in cells} == {1, 2, 5}
    assert {c.count_tone for c in cells} == {2, 5}


def test_without_votes_the_matrices_are_empty():
    empty = VoteTally(LedgerHead(0, "0"), (), PairCounts.empty(0))
    found = matrices(lines("heron"), empty, 10)
    assert (found.rows, found.most, found.met) == ([], 0, 0)


@pytest.mark.parametrize("word", ["", "0", "999", "x"])
def test_a_size_that_is_not_on_offer_is_the_usual_one(word):
    assert top_of(word) == TOPS[1]
    assert top_of(str(TOPS[2])) == TOPS[2]
