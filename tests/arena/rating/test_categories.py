from __future__ import annotations

import numpy as np
import pytest

from arena.rating.categories import fit_categories, fit_pooled
from arena.rating.comparisons import PairCounts
from arena.rating.fit import RatingScale
from arena.rating.methods import load_method
from tests.arena.rating.synthetic import by_model, counts_from, games_between, names

MODELS = 12
SHARES = (4000, 600, 300, 150, 80)


@pytest.fixture(scope="module")
def truth():
    rng = np.random.default_rng(5)
    overall = rng.normal(0.0, 0.7, MODELS)
    return [overall + rng.normal(0.0, 0.25, MODELS) for _ in SHARES]


@pytest.fixture(scope="module")
def parts(truth):
    rng = np.random.default_rng(6)
    return {
        f"c{i}": counts_from(theta, games_between(MODELS, votes, rng), rng)
        for i, (theta, votes) in enumerate(zip(truth, SHARES, strict=True))
    }


@pytest.fixture(scope="module")
def boards(parts):
    return fit_categories(parts, models=names(MODELS))


def error(theta, truth):
    return float(np.sqrt(((theta - theta.mean() - truth + truth.mean()) ** 2).mean()))


def test_pooled_boards_are_nearer_to_the_truth_than_separate_ones(parts, boards, truth):
    fit = load_method("bradley_terry").fit
    separate = [fit(part, models=names(MODELS)).theta for part in parts.values()]
    pooled = [board.theta for board in boards.values()]
    errors = [
        sum(error(theta, real) for theta, real in zip(thetas, truth, strict=True))
        for thetas in (pooled, separate)
    ]
    assert errors[0] < 0.9 * errors[1]


def test_rows_say_how_much_is_borrowed_and_less_with_more_votes(boards):
    borrowed = [
        np.mean([row.borrowed for row in board.rows if row.borrowed is not None])
        for board in boards.values()
    ]
    assert borrowed == sorted(borrowed)
    assert 0.0 < borrowed[0] < 0.5 < borrowed[-1] < 1.0


def test_the_deviation_is_told_in_points(boards):
    told = {board.details["tau"] for board in boards.values()}
    assert len(told) == 1
    assert told.pop() == pytest.approx(0.25 * 173.7, rel=0.4)


def test_intervals_cover_the_categories_own_truth(boards, truth):
    hits = []
    for board, real in zip(boards.values(), truth, strict=True):
        half = 1.96 * np.sqrt(np.diagonal(board.covariance))
        hits.append(np.abs(board.theta - (real - real.mean())) < half)
    assert 0.85 < np.mean(hits) <= 1.0


def test_equal_categories_collapse_to_the_overall_board():
    rng = np.random.default_rng(7)
    theta = rng.normal(0.0, 0.7, 6)
    parts = {str(i): counts_from(theta, games_between(6, 3000, rng), rng) for i in range(6)}
    boards = fit_categories(parts, models=names(6))
    whole = load_method("bradley_terry").fit(
        sum(parts.values(), PairCounts.empty(6)), models=names(6)
    )
    for board in boards.values():
        assert board.theta == pytest.approx(whole.theta, abs=0.06)


def test_a_model_without_votes_in_the_category_has_words(parts):
    table = parts["c4"].table.copy()
    table[0] = table[:, 0] = 0
    boards = fit_categories({**parts, "c4": PairCounts(table)}, models=names(MODELS))
    row = by_model(boards["c4"])["m000"]
    assert (row.state, row.rating, row.borrowed) == ("too_few_votes", None, None)


def test_a_perfect_record_in_a_category_stays_near_the_overall_board(parts):
    streak = PairCounts.from_cells(MODELS, [3], [4], [0], [5])
    boards = fit_categories({**parts, "streak": streak}, models=names(MODELS))
    assert np.abs(boards["streak"].theta - boards["c0"].theta).max() < 1.0


def test_a_category_without_votes_is_all_words(parts):
    boards = fit_categories({**parts, "new": PairCounts.empty(MODELS)}, models=names(MODELS))
    assert {row.state for row in boards["new"].rows} == {"too_few_votes"}


def test_no_votes_at_all_are_defined():
    boards = fit_categories({"new": PairCounts.empty(2)}, models=["x", "y"])
    assert [row.state for row in boards["new"].rows] == ["too_few_votes"] * 2


def test_the_anchor_stands_at_the_centre_of_every_category(parts):
    boards = fit_categories(parts, models=names(MODELS), scale=RatingScale(1200.0, anchor="m002"))
    for board in boards.values():
        assert by_model(board)["m002"].rating == pytest.approx(1000.0)


def test_votes_outside_every_category_count_for_the_overall_board(parts):
    some = {"c4": parts["c4"]}
    everything = sum(parts.values(), PairCounts.empty(MODELS))
    alone, backed = (
        fit_categories(some, models=names(MODELS), overall=overall)["c4"]
        for overall in (None, everything)
    )
    assert np.trace(backed.covariance) < np.trace(alone.covariance)


def test_one_category_alone_is_pooled_towards_the_rest(parts):
    overall = sum(parts.values(), PairCounts.empty(MODELS))
    board = fit_pooled(parts["c4"], overall, models=names(MODELS))
    assert {row.interval for row in board.rows} == {"pooled"}
    assert all(0.0 < row.borrowed < 1.0 for row in board.rows)


def test_a_known_deviation_gives_the_board_of_all_categories_together(parts, boards):
    overall = sum(parts.values(), PairCounts.empty(MODELS))
    tau = boards["c1"].details["tau"]
    shared = fit_categories(parts, models=names(MODELS), overall=overall, deviation=tau)
    assert shared["c1"].details["tau"] == pytest.approx(tau)
    assert shared["c1"].theta == pytest.approx(boards["c1"].theta, abs=1e-9)


def test_a_smaller_deviation_borrows_more(parts):
    overall = sum(parts.values(), PairCounts.empty(MODELS))
    near, far = (
        fit_pooled(parts["c4"], overall, models=names(MODELS), deviation=points)
        for points in (5.0, 200.0)
    )
    assert min(row.borrowed for row in near.rows) > max(row.borrowed for row in far.rows)


def test_a_part_that_is_not_in_the_whole_is_refused(parts):
    with pytest.raises(ValueError, match="below zero"):
        fit_pooled(parts["c0"], parts["c4"], models=names(MODELS))
