from __future__ import annotations

import numpy as np
import pytest

from arena.rating.comparisons import PairCounts
from arena.rating.methods import load_method
from tests.arena.rating.synthetic import by_model, names, styled_rows

STYLED = load_method("style_controlled")
THETA = np.array([0.6, 0.3, 0.0, -0.3, -0.6])


@pytest.fixture(scope="module")
def rows():
    return styled_rows(THETA, (0.35, 0.0, 0.0, 0.0), 20_000, np.random.default_rng(2), 1.5)


def test_control_brings_back_the_order_that_verbosity_hides(rows):
    plain = load_method("bradley_terry").fit(rows, models=names(5))
    styled = STYLED.fit(rows, models=names(5))
    assert [row.model for row in styled.rows] == names(5)
    assert [row.model for row in plain.rows] != names(5)


def test_coefficients_come_in_points_with_intervals(rows):
    style = STYLED.fit(rows, models=names(5)).details["style"]
    length = style["token_length"]
    assert length["lower"] < 0.35 * 400 / np.log(10) < length["upper"]
    assert style["bold"]["lower"] < 0.0 < style["bold"]["upper"]


def test_a_ridge_of_one_vote_leaves_the_control_alone(rows):
    weak, none = (
        STYLED.fit(rows, models=names(5), ridge=ridge).details["style"]["token_length"]
        for ridge in (1.0, 0.0)
    )
    error = (none["upper"] - none["lower"]) / 4
    assert weak["coefficient"] == pytest.approx(none["coefficient"], abs=error / 10)


def test_an_island_does_not_disturb(rows):
    fitted = STYLED.fit(rows, models=[*names(5), "new"])
    assert by_model(fitted)["new"].state == "too_few_votes"
    assert by_model(fitted)["m000"].state == "rated"


def test_pair_counts_are_not_enough():
    assert STYLED.NEEDS_ROWS
    with pytest.raises(ValueError, match="single votes"):
        STYLED.fit(PairCounts.empty(2), models=["x", "y"])


def test_features_need_their_names(rows):
    with pytest.raises(ValueError, match="names for 4 features"):
        STYLED.fit(rows, models=names(5), features=("length",))
