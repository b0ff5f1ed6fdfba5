from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from arena.leaderboard.selectors.history import RatingPoint
from arena.leaderboard.selectors.plot import PlotAxis, axis_of, history_plot


def test_places_run_from_left_to_right():
    axis = PlotAxis(1000.0, 1200.0)
    assert [axis.place(v) for v in (1000, 1050, 1200)] == ["0.00%", "25.00%", "100.00%"]


def test_an_axis_turned_over_puts_the_best_on_top():
    assert PlotAxis(1200.0, 1000.0).place(1150) == "25.00%"


@pytest.mark.parametrize("values", [[1000.0, 1000.0], [-50.0, 3000.0], [999.9, 1000.1]])
def test_ticks_are_few_and_within(values):
    axis = axis_of(values)
    assert axis
    assert 1 <= len(axis.ticks) <= 8
    assert all(axis.low <= value <= axis.high for value, _ in axis.round_values)
    assert len({label for _, label in axis.round_values}) == len(axis.round_values)


def test_all_values_have_air_around_them():
    axis = axis_of([900.0, None, 1100.0])
    assert axis
    assert axis.low < 900 < 1100 < axis.high


def test_without_numbers_there_is_no_axis():
    assert axis_of([None, None]) is None


def point(number, rating, error=10.0):
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    return RatingPoint(at, number, rating, rating - error, rating + error)


def test_a_curve_runs_from_the_first_entry_to_the_last():
    plot = history_plot({"a": [point(10, 1000.0), point(20, 1100.0)]})
    assert plot.ends == (10, 20)
    assert re.fullmatch(r"M0\.00 [\d.]+L100\.00 [\d.]+h0", plot.curves["a"].line)


def test_the_better_stands_higher():
    plot = history_plot({"a": [point(1, 1000.0), point(2, 1200.0)]})
    first, last = (float(y) for y in re.findall(r" ([\d.]+)", plot.curves["a"].line))
    assert last < first


def test_all_models_share_one_scale():
    alone = history_plot({"a": [point(1, 1000.0), point(2, 1000.0)]})
    beside = history_plot(
        {"a": [point(1, 1000.0), point(2, 1000.0)], "b": [point(1, 500.0), point(2, 1500.0)]}
    )
    assert alone.curves["a"] != beside.curves["a"]


def test_a_wide_interval_of_the_beginning_does_not_set_the_scale():
    wide, narrow = point(1, 1000.0, error=900.0), point(1, 1000.0)
    rest = [point(5, 1010.0), point(9, 1000.0)]
    assert history_plot({"a": [wide, *rest]}).ticks == history_plot({"a": [narrow, *rest]}).ticks


def corners(path):
    return [tuple(map(float, place)) for place in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def test_a_band_that_is_wider_than_the_frame_runs_along_its_edge():
    wide = point(0, 1000.0, error=900.0)
    plot = history_plot({"a": [wide, point(50, 1000.0), point(100, 1000.0)]})
    band = corners(plot.curves["a"].band)
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in band)
    assert {y for x, y in band if x == 0} == {0, 100}
    # It leaves the edge where the straight line to the next point crosses it.
    axis = axis_of([990.0, 1010.0])
    crossing = 50 * (1900 - axis.high) / (1900 - 1010)
    assert (pytest.approx(crossing, abs=0.01), 0) in band


def test_a_band_that_fits_is_left_as_it_is():
    plot = history_plot({"a": [point(0, 1005.0), point(60, 1000.0), point(100, 1020.0)]})
    assert len(corners(plot.curves["a"].band)) == 6
