from __future__ import annotations

from arena.rating.comparisons import PairCounts
from arena.rating.diagnostics.connectivity import connectivity
from tests.arena.rating.synthetic import names


def islands():
    return PairCounts.from_cells(6, [0, 1, 2, 4], [1, 2, 0, 5], [0, 0, 2, 0], [3, 3, 1, 2])


def test_parts_are_listed_largest_first():
    parts = connectivity(islands(), names(6)).parts
    assert parts == (("m000", "m001", "m002"), ("m004", "m005"), ("m003",))


def test_models_with_one_sided_records_are_named():
    assert connectivity(islands(), names(6)).perfect == ("m004", "m005")


def test_the_share_of_pairs_that_met():
    assert connectivity(islands(), names(6)).pairs_met == 4 / 15


def test_the_weakest_model_is_named():
    found = connectivity(islands(), names(6))
    assert (found.weakest, found.weakest_votes) == ("m003", 0)


def test_an_empty_board_is_defined():
    assert connectivity(PairCounts.empty(0), []).parts == ()
