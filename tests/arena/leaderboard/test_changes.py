from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from arena.boards.models import Board
from arena.boards.services.updating import update_live_boards
from arena.leaderboard.selectors.changes import SHOWN, before, changes, day_before
from arena.leaderboard.selectors.standings import standings
from tests.arena.boards.newest import forget_text, newest_snapshot
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def models(db, no_layer, settings):
    """Three models that can be drawn, each rated from its first vote on."""
    settings.BOARD_MIN_VOTES = 1
    return make_models("first", "second", "third")


def vote(one, other, times=1):
    for _ in range(times):
        make_vote(one, other, "a")
    update_live_boards()


def latest():
    return changes(standings(), before(newest_snapshot()))


def age(snapshot, **span):
    with connection.cursor() as cursor:
        statement = "UPDATE leaderboard_snapshot SET created_at = %s WHERE id = %s"
        cursor.execute(statement, [timezone.now() - timedelta(**span), snapshot.pk])


def test_the_first_snapshot_follows_none(models):
    vote(models[0], models[1])
    assert latest() is None


def test_ranks_that_moved_say_from_where(models):
    first, second, _ = models
    vote(first, second)
    vote(second, first, times=5)
    moved = {move.line.model_name: (move.before, move.places) for move in latest().moves}
    assert moved == {"second": (2, 1), "first": (1, -1)}
    assert latest().votes == 5
    assert latest().places == {"second@1": 1, "first@1": -1}


def test_a_model_with_its_first_rating_is_new(models):
    first, second, third = models
    vote(first, second)
    vote(third, second)
    assert [line.model_name for line in latest().arrived] == ["third"]
    assert latest().count >= 1


def test_a_model_that_lost_its_rating_is_named(models, settings):
    first, second, third = models
    vote(first, second, times=3)
    vote(third, second)
    settings.BOARD_MIN_VOTES = 2
    vote(first, second)
    assert [line.model_name for line in latest().left] == ["third"]


def test_where_nothing_moved_nothing_is_named(models):
    vote(models[0], models[1])
    vote(models[0], models[1])
    assert (latest().moves, latest().arrived, latest().count) == ((), (), 0)


def test_the_longest_moves_come_first_and_the_rest_are_counted(db, no_layer, settings):
    settings.BOARD_MIN_VOTES = 1
    models = make_models(*[f"m{n}" for n in range(SHOWN + 3)])
    for one, other in itertools.pairwise(models):
        vote(one, other)
    vote(models[-1], models[0], times=9)
    found = latest()
    lengths = [abs(move.places) for move in found.moves]
    assert lengths == sorted(lengths, reverse=True)
    assert len(found.named) + found.unnamed == len(found.moves)
    assert len(found.named) == SHOWN


def test_a_day_ago_is_the_newest_that_stood_then(models):
    vote(models[0], models[1])
    oldest = newest_snapshot()
    vote(models[0], models[1])
    middle = newest_snapshot()
    vote(models[0], models[1])
    assert day_before(newest_snapshot(), timezone.now()) is None
    age(oldest, days=3)
    age(middle, days=2)
    assert day_before(newest_snapshot(), timezone.now()) == middle


def test_a_snapshot_whose_text_is_not_kept_is_passed_over(models):
    vote(models[0], models[1])
    kept = newest_snapshot()
    vote(models[0], models[1])
    forget_text(newest_snapshot())
    vote(models[1], models[0])
    assert before(newest_snapshot()) == kept


def test_another_boards_snapshots_are_not_compared(models):
    vote(models[0], models[1])
    other = Board.objects.create(slug="other", name="Other")
    update_live_boards()
    assert other.snapshots.exists()
    vote(models[0], models[1])
    assert before(newest_snapshot()).board.slug == "overall"
