from __future__ import annotations

import pytest

from arena.leaderboard.selectors.plot import Axis, axis_of


def test_places_run_from_left_to_right():
    axis = Axis(1000.0, 1200.0)
    assert [axis.place(v) for v in (1000, 1050, 1200)] == ["0.00%", "25.00%", "100.00%"]


def test_an_axis_turned_over_puts_the_best_on_top():
    assert Axis(1200.0, 1000.0).place(1150) == "25.00%"


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
