from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from arena.boards.models import Board, Snapshot
from arena.leaderboard.selectors.history import histories, snapshots_of
from arena.leaderboard.selectors.plot import history_plot
from tests.arena.boards.newest import forget_text, newest_snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def board(voted):
    """A board with a dozen snapshots."""
    for _ in range(11):
        voted()
    return newest_snapshot().board


def test_few_snapshots_are_all_looked_at(board):
    assert snapshots_of(board) == list(Snapshot.objects.filter(board=board).order_by("pk"))


def test_many_are_looked_at_from_the_first_to_the_newest(board):
    seen = [snapshot.ledger_number for snapshot in snapshots_of(board, looks=4)]
    everything = list(
        Snapshot.objects.filter(board=board).order_by("pk").values_list("ledger_number", flat=True)
    )
    assert len(seen) == 4
    assert (seen[0], seen[-1]) == (everything[0], everything[-1])
    gaps = [later - earlier for earlier, later in itertools.pairwise(seen)]
    assert max(gaps) - min(gaps) <= 3


def test_those_without_text_are_passed_over(board, django_assert_num_queries):
    every = snapshots_of(board)
    forget_text(*every[:6])
    with django_assert_num_queries(2):
        assert snapshots_of(board) == every[6:]


def test_a_board_without_snapshots_has_no_history(db):

    assert snapshots_of(Board(slug="overall")) == []


def test_a_model_without_a_number_leaves_a_gap(board):
    found = histories(snapshots_of(board), ["first@1", "third@1", "nobody@1"])
    assert all(point.rating_lower < point.rating < point.rating_upper for point in found["first@1"])
    assert set(found["third@1"]) == set(found["nobody@1"]) == {None}


def test_curves_stay_in_their_box_and_break_at_gaps(board):
    track = histories(snapshots_of(board), ["first@1"])["first@1"]
    plot = history_plot({"first": [*track[:3], None, *track[3:]]})
    assert plot.curves["first"].line.count("M") == 2
    numbers = [float(x) for x in re.findall(r"-?\d+\.\d+", plot.curves["first"].line)]
    assert all(0 <= number <= 100 for number in numbers)


def test_one_snapshot_draws_no_line(board):
    track = histories(snapshots_of(board), ["first@1"])["first@1"]
    assert history_plot({"first": track[:1]}) is None
    assert history_plot({"first": [None, None]}) is None


def test_the_ends_of_a_history_have_dates_or_hours_of_one_day(board):
    track = histories(snapshots_of(board), ["first@1"])["first@1"]
    assert [len(end) for end in history_plot({"first": track}).dates] == [5, 5]
    track[0] = replace(track[0], at=track[0].at - timedelta(days=40))
    first, last = history_plot({"first": track}).dates
    assert first != last
    assert str(track[0].at.year) in first
