from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arena.rating.clusters import errors_by_voter
from arena.rating.comparisons import Comparisons, ties_between, wins_against
from arena.rating.graph import resistance
from arena.rating.intervals import sandwich
from arena.rating.newton import PairPoints, laplacian, solve_strengths
from tests.arena.rating.synthetic import counts_from, games_between, rows_of, shuffled

MODELS = 5


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(8)
    theta = np.linspace(0.8, -0.8, MODELS)
    plain = shuffled(rows_of(counts_from(theta, games_between(MODELS, 400, rng), rng)), rng)
    return replace(plain, voter=rng.integers(0, 30, len(plain)))


def optimum_of(rows):
    table = rows.weighed(MODELS)
    return solve_strengths(PairPoints.of(wins_against(table) + 0.5 * ties_between(table)))


def grouped(rows):
    return errors_by_voter(optimum_of(rows), rows)


def by_hand(rows):
    """Leave one voter out, one Newton step each, with plain linear algebra."""
    optimum = optimum_of(rows)
    counts = rows.counts(MODELS)
    weight = optimum.expected * optimum.expected.T
    whole = laplacian(counts.met * weight)
    moves = []
    for voter in np.unique(rows.voter):
        own = rows.take(rows.voter == voter).counts(MODELS)
        score = (own.beat + 0.5 * own.tied - own.met * optimum.expected).sum(axis=1)
        moves.append(np.linalg.pinv(whole - laplacian(own.met * weight)) @ score)
    return np.array(moves)


def gaps(covariance):
    return resistance(covariance)[np.triu_indices(MODELS, 1)]


def test_leaving_out_voters_by_hand_gives_the_same(rows):
    moves = by_hand(rows)
    expected = moves.T @ moves * (len(moves) - 1) / len(moves)
    found = grouped(rows).covariance
    assert gaps(found) == pytest.approx(gaps(expected), rel=1e-3)


def test_a_voter_per_vote_is_no_cluster(rows):
    alone = replace(rows, voter=np.arange(len(rows)))
    independent = sandwich(optimum_of(rows), rows.counts(MODELS).table, leverage=True)
    assert gaps(grouped(alone).covariance) == pytest.approx(gaps(independent), rel=0.01)


def test_unknown_voters_stand_alone(rows):
    unknown, alone = (
        grouped(replace(rows, voter=voter))
        for voter in (np.full(len(rows), -1), np.arange(len(rows)))
    )
    assert gaps(unknown.covariance) == pytest.approx(gaps(alone.covariance))


def test_votes_repeated_by_their_voter_add_no_certainty(rows):
    """Four identical copies quadruple nothing but the apparent size."""
    once = replace(rows, voter=np.arange(len(rows)))
    fourfold = once.take(np.repeat(np.arange(len(once)), 4))
    first, second = (grouped(votes) for votes in (once, fourfold))
    assert gaps(second.covariance) == pytest.approx(gaps(first.covariance), rel=0.02)


def test_doubling_all_weights_changes_nothing(rows):
    heavy = replace(rows, weight=np.full(len(rows), 2.0))
    first, second = (grouped(votes) for votes in (rows, heavy))
    assert gaps(second.covariance) == pytest.approx(gaps(first.covariance), rel=1e-6)
    assert second.effective == pytest.approx(first.effective)


def test_heavy_voters_lower_the_effective_number(rows):
    lopsided = replace(rows, voter=np.where(rows.voter < 6, 0, rows.voter))
    even, uneven = grouped(rows), grouped(lopsided)
    assert uneven.effective < even.effective < 30
    assert uneven.quantile > even.quantile > 1.96


def test_too_few_voters_say_nothing_about_voters(rows):
    pair = replace(rows, voter=rows.voter % 2)
    assert errors_by_voter(optimum_of(rows), pair) is None


def test_without_voters_there_are_no_clusters(rows):
    assert errors_by_voter(optimum_of(rows), replace(rows, voter=None)) is None


def test_a_model_that_hangs_on_one_voter_stays_finite():
    a = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2, 2, 0])
    b = np.array([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 2])
    voter = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5])
    rows = Comparisons(a, b, np.zeros(13, dtype=np.int8), voter=voter)
    table = rows.weighed(3)
    optimum = solve_strengths(
        PairPoints.of(wins_against(table) + 0.5 * ties_between(table)), firth=True
    )
    found = errors_by_voter(optimum, rows)
    assert found is not None
    assert np.isfinite(found.covariance).all()
