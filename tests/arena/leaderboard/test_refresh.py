"""The task that keeps everything up to date, as the beat and the bell call it."""

from __future__ import annotations

import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection

from arena.battles.dispatch import REFRESH
from arena.battles.models import DrawPlan
from arena.config.celery import app
from arena.leaderboard import services
from arena.leaderboard.models import Board, Snapshot
from arena.leaderboard.tasks import refresh
from tests.arena.leaderboard.newest import newest_snapshot
from tests.factories import make_models, make_vote


def test_the_beat_and_the_bell_call_it_by_its_name():
    beat = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert refresh.name == REFRESH
    assert refresh.name in beat


def test_every_task_of_the_beat_exists():
    app.loader.import_default_modules()
    beat = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert beat <= set(app.tasks)


@pytest.mark.django_db
def test_one_call_takes_a_vote_to_the_board_and_into_the_plan(no_layer):
    make_vote(*make_models("first", "second"))
    refresh()
    assert newest_snapshot().ledger_number == 1
    assert len(DrawPlan.objects.latest().pairs) == 1


@pytest.mark.django_db
def test_every_board_is_computed(no_layer):
    Board.objects.create(slug="other", name="Other", parameters={"penalty": "none"})
    make_vote(*make_models("first", "second"))
    services.refresh()
    services.refresh()
    assert sorted(Snapshot.objects.values_list("board__slug", flat=True)) == ["other", "overall"]


@pytest.mark.django_db
def test_a_snapshot_names_the_version_of_the_code(no_layer):
    make_vote()
    services.refresh()
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    assert newest_snapshot().code_version == project["version"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_store_one_snapshot_and_one_plan(no_layer):
    make_vote(*make_models("first", "second"))
    services.boards()

    def run(_):
        services.refresh()
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert Snapshot.objects.count() == 1
    assert DrawPlan.objects.count() == 1
    assert len(no_layer) == 1
