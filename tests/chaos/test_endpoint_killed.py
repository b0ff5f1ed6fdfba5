"""How the program waits for the check that brings an endpoint back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos import endpoint_killed
from tests.chaos.endpoint_killed import BACK_SECONDS, Afterwards, figures, seconds_late

HOUR = timedelta(hours=1)


def row(after, *, asked=False, text=False):
    then = datetime.now(UTC) + after
    # SQLite has neither times nor zones.
    return {"check_at": str(then.replace(tzinfo=None)) if text else then, "asked": asked}


@pytest.mark.parametrize("text", [False, True], ids=["PostgreSQL", "SQLite"])
def test_a_version_that_is_back_before_its_check_was_due_is_not_late(text):
    states = iter([[row(HOUR, text=text)], []])
    assert seconds_late(lambda: next(states), 0.0) == 0.0


def test_a_check_that_was_due_long_ago_counts_from_the_return():
    states = iter([[row(-HOUR)], []])
    assert seconds_late(lambda: next(states), BACK_SECONDS) < HOUR.total_seconds()


@pytest.mark.parametrize("rows", [[row(-HOUR)], [row(HOUR, asked=True)]], ids=["due", "asked"])
def test_a_check_that_brings_nothing_back_is_not_waited_for(rows):
    assert seconds_late(lambda: rows, 0.0) == float("inf")


def test_checks_that_fail_again_and_again_are_not_waited_for(monkeypatch):
    monkeypatch.setattr(endpoint_killed, "LONGEST_DELAY", timedelta())
    assert seconds_late(lambda: [row(HOUR)], 0.0) == float("inf")


@pytest.mark.parametrize(("late", "ok"), [(BACK_SECONDS, True), (float("inf"), False)])
def test_the_figure_is_the_time_from_the_check(late, ok):
    [one] = [figure for figure in figures(Afterwards(), late) if "check" in figure.name]
    assert one.ok is ok
    assert not [figure for figure in figures(Afterwards(), None) if "check" in figure.name]
