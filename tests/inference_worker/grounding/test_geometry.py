"""From numbers to places: what is cut off at the edge, and what is refused."""

from __future__ import annotations

import pytest

from inference_worker.grounding.geometry import (
    UnreadablePlace,
    box,
    divide_by,
    point,
    polygon,
    read_numbers,
    split_evenly,
)

SCALE = divide_by(1000)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((100, 200, 300, 400), (0.1, 0.2, 0.3, 0.4)),
        ((300, 400, 100, 200), (0.1, 0.2, 0.3, 0.4)),  # corners the other way round
        ((-10, 0, 500, 1010), (0.0, 0.0, 0.5, 1.0)),  # a little over the edge
    ],
)
def test_a_box_is_put_in_order_and_cut_at_the_edge(numbers, expected):
    assert box(SCALE, numbers).coordinates == pytest.approx(expected)


@pytest.mark.parametrize(
    "numbers",
    [
        (100, 100, 100, 300),  # no width
        (900, 0, 1400, 100),  # a fifth of it inside
        (1200, 800, 1500, 900),
        (1e308, -1e308, 1e309, 1),
        (float("nan"), 0, 1, 1),
        (1, 2, 3),
    ],
)
def test_a_box_without_area_or_mostly_outside_is_refused(numbers):
    with pytest.raises(UnreadablePlace):
        box(SCALE, numbers)


def test_a_point_may_stand_on_the_edge_and_not_far_outside():
    assert point(SCALE, (1005, -5)).coordinates == (1.0, 0.0)
    for numbers in ((1011, 5), (5, -11), (float("nan"), 5), (5,)):
        with pytest.raises(UnreadablePlace):
            point(SCALE, numbers)


@pytest.mark.parametrize(
    "numbers",
    [
        (0, 0, 100, 100),  # two corners
        (0, 0, 0, 100, 0, 200),  # a line
        (0, 0, 2000, 0, 2000, 2000, 0, 3000),  # one corner of four inside
        tuple(range(2000)),
        (0, 0, 100),
        (0, 0, float("inf"), 100, 100, 100),
    ],
)
def test_a_polygon_needs_corners_an_extent_and_to_lie_inside(numbers):
    with pytest.raises(UnreadablePlace):
        polygon(SCALE, numbers)


def test_a_polygon_keeps_its_corners():
    assert polygon(SCALE, (0, 0, 500, 0, 500, 500)).coordinates == (0, 0, 0.5, 0, 0.5, 0.5)


def test_numbers_may_stand_among_any_brackets():
    assert read_numbers(" [[1, 2.5],\n(-3;4)] ") == [1, 2.5, -3, 4]


@pytest.mark.parametrize("text", ["", "[]", "1 2 x", "1e9", "1.2.3", "--1", "1234567890123", "NaN"])
def test_anything_else_is_no_list_of_numbers(text):
    with pytest.raises(UnreadablePlace):
        read_numbers(text)


def test_numbers_come_out_even():
    assert split_evenly([1, 2, 3, 4], 2) == [[1, 2], [3, 4]]
    for numbers in ([], [1, 2, 3]):
        with pytest.raises(UnreadablePlace):
            split_evenly(numbers, 2)
