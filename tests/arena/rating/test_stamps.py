from __future__ import annotations

import pytest

from arena.rating.stamps import by_time

NOON = "2024-05-01T12:00:00"


@pytest.mark.parametrize(
    ("stamps", "order"),
    [
        (["20", "3", "100"], [1, 0, 2]),
        (["1682351592.5", "1682351592.25"], [1, 0]),
        ([f"{NOON}+02:00", f"{NOON}+09:00", f"{NOON}Z", f"{NOON}-07:00"], [1, 0, 2, 3]),
        (["2024-05-01 12:00:00 UTC", "2024-05-01 11:59:59.999999 GMT"], [1, 0]),
        ([f"{NOON}.000002Z", f"{NOON}.000001Z"], [1, 0]),
        (["2024-05-02", "2024-05-01"], [1, 0]),
        (["20240502", "20240501"], [1, 0]),
        ([NOON, NOON], [0, 1]),
        ([f"{NOON}+02:00", "2024-05-01T10:00:00Z"], [0, 1]),
    ],
)
def test_stamps_are_ordered_by_their_instants(stamps, order):
    times = by_time(stamps)
    assert times.order is not None
    assert (times.order.tolist(), times.flaw) == (order, "")


@pytest.mark.parametrize(
    ("stamps", "flaw"),
    [
        (["3", "yesterday"], "1 of 2 times cannot be read, first 'yesterday'"),
        (["3", ""], "first an empty cell"),
        (["nan", "3"], "first 'nan'"),
        (["01/05/2024", NOON], "first '01/05/2024'"),
        (["1714564800", NOON], "1 numbers among dates"),
    ],
)
def test_stamps_that_have_no_order_say_why(stamps, flaw):
    times = by_time(stamps)
    assert times.order is None
    assert flaw in times.flaw


def test_dates_without_a_zone_among_others_are_told():
    assert "1 of 2 dates have no zone" in by_time([NOON, f"{NOON}Z"]).note
    assert by_time([NOON, NOON]).note == ""


def test_no_stamps_are_no_flaw():
    assert (by_time(["", ""]).order, by_time(["", ""]).flaw) == (None, "")
