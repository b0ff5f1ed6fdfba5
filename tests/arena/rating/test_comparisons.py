from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.rating.comparisons import Comparisons, PairCounts, VoteOutcome
from tests.arena.rating.strategies import pair_counts
from tests.arena.rating.synthetic import rows_of, shuffled


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("a", VoteOutcome.A),
        ("model_b", VoteOutcome.B),
        (" Tie ", VoteOutcome.TIE),
        ("both_bad", VoteOutcome.BOTH_BAD),
        ("tie (bothbad)", VoteOutcome.BOTH_BAD),
    ],
)
def test_every_spelling_of_a_choice_is_read(word, outcome):
    assert VoteOutcome.parse(word) is outcome


def test_an_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="model_c"):
        VoteOutcome.parse("model_c")


def test_a_choice_is_spelt_as_on_the_site():
    assert [outcome.word for outcome in VoteOutcome] == ["a", "b", "tie", "both_bad"]


def test_cells_with_the_same_place_add_up():
    counts = PairCounts.from_cells(3, [0, 0, 2], [1, 1, 0], [0, 0, 3], [2, 3, 4])
    assert counts.table[0, 1, VoteOutcome.A] == 5
    assert counts.votes.tolist() == [9, 5, 4]
    assert counts.wins.tolist() == [5, 0, 0]
    assert counts.ties.tolist() == [4, 0, 4]


def test_a_win_on_side_b_is_a_win():
    counts = PairCounts.from_cells(2, [0], [1], [VoteOutcome.B], [7])
    assert counts.beat.tolist() == [[0, 0], [7, 0]]


@given(pair_counts(least=3, most=3), pair_counts(least=3, most=3))
@settings(deadline=None)
def test_what_was_added_can_be_taken_away(first, second):
    assert (first + second) - second == first


def test_taking_away_what_is_not_there_is_refused():
    one = PairCounts.from_cells(2, [0], [1], [0], [1])
    with pytest.raises(ValueError, match="below zero"):
        PairCounts.empty(2) - one


def test_boards_of_different_size_do_not_add_up():
    with pytest.raises(ValueError, match="do not add up"):
        PairCounts.empty(2) + PairCounts.empty(3)


def test_a_model_never_meets_itself():
    with pytest.raises(ValueError, match="itself"):
        PairCounts.from_cells(2, [1], [1], [0], [1])


@pytest.mark.parametrize("cell", [(0, 1, -1), (-1, 0, 0)])
def test_a_negative_index_is_refused(cell):
    with pytest.raises(ValueError, match="negative"):
        PairCounts.from_cells(2, [cell[0]], [cell[1]], [cell[2]], [1])


def test_the_table_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        PairCounts.empty(2).table[0, 1, 0] = 1


def test_a_table_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="shape"):
        PairCounts(np.zeros((2, 3, 4), dtype=np.int64))


@given(pair_counts(), st.integers(0, 9))
@settings(deadline=None)
def test_rows_in_any_order_sum_to_the_same_counts(counts, seed):
    rows = shuffled(rows_of(counts), np.random.default_rng(seed))
    assert rows.counts(counts.models) == counts


def test_counting_agrees_across_the_pieces_it_works_in():
    rng = np.random.default_rng(5)
    a = rng.integers(0, 9, 100_000).astype(np.int16)
    b = ((a + rng.integers(1, 9, a.size)) % 9).astype(np.int16)
    outcome = rng.integers(0, 4, a.size).astype(np.int8)
    expected = PairCounts.from_cells(9, a, b, outcome, np.ones(a.size))
    assert Comparisons(a, b, outcome).counts(9) == expected


def test_a_vote_on_a_model_out_of_range_is_refused():
    rows = Comparisons(np.array([0]), np.array([5]), np.array([0]))
    with pytest.raises(ValueError, match="out of range"):
        rows.counts(2)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="voter"):
        Comparisons(np.zeros(2), np.ones(2), np.zeros(2), voter=np.zeros(3))


def test_taking_rows_takes_them_from_every_column():
    rows = Comparisons(np.array([0, 1]), np.array([1, 0]), np.array([0, 1]), voter=np.array([7, 8]))
    voters = rows.take(np.array([False, True])).voter
    assert voters is not None
    assert voters.tolist() == [8]


def test_taking_models_keeps_their_order():
    counts = PairCounts.from_cells(3, [0, 1], [1, 2], [0, 0], [4, 6])
    assert counts.take([2, 1]).beat.tolist() == [[0, 0], [6, 0]]


def weighed_rows():
    return Comparisons(
        np.array([0, 0, 1]), np.array([1, 1, 2]), np.array([0, 0, 2]), weight=np.array([0.5, 2, 1])
    )


def test_weights_add_up_in_the_weighed_table():
    assert weighed_rows().weighed(3)[0, 1].tolist() == [2.5, 0, 0, 0]
    assert weighed_rows().weighed(3, power=2)[0, 1, 0] == 4.25


def test_without_weights_each_vote_weighs_one():
    rows = Comparisons(np.array([0]), np.array([1]), np.array([3]))
    assert rows.weighed(2)[0, 1].tolist() == [0, 0, 0, 1]


def test_votes_between_some_models_are_renumbered():
    among = weighed_rows().inside([2, 1], 3)
    assert (among.a.tolist(), among.b.tolist()) == ([1], [0])
    assert among.weight is not None
    assert among.weight.tolist() == [1.0]
