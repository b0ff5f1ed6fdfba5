"""The task that keeps everything up to date, as the beat and the bell call it."""

from __future__ import annotations

import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection

from arena.battles.models import DrawPlan
from arena.boards.models import Board, Snapshot
from arena.boards.services.updating import boards_to_compute, update_live_boards
from arena.boards.tasks import EARLIER_NAMES
from arena.boards.tasks import update_live_boards as task
from arena.config.celery import app
from tests.arena.boards.newest import newest_snapshot
from tests.factories import make_models, make_vote


def test_the_beat_and_the_bell_call_it_by_its_name():
    beat = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert task.name == settings.TASK_AFTER_VOTE
    assert task.name in beat


def test_every_task_of_the_beat_exists():
    app.loader.import_default_modules()
    beat = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert beat <= set(app.tasks)


@pytest.mark.django_db
def test_one_call_takes_a_vote_to_the_board_and_into_the_plan(no_layer):
    make_vote(*make_models("first", "second"))
    update_live_boards()
    assert newest_snapshot().ledger_number == 1
    assert len(DrawPlan.objects.latest().pairs) == 1


@pytest.mark.django_db
def test_every_board_is_computed(no_layer):
    Board.objects.create(slug="other", name="Other", parameters={"penalty": "none"})
    make_vote(*make_models("first", "second"))
    update_live_boards()
    update_live_boards()
    assert sorted(Snapshot.objects.values_list("board__slug", flat=True)) == ["other", "overall"]


@pytest.mark.django_db
def test_a_snapshot_names_the_version_of_the_code(no_layer):
    make_vote()
    update_live_boards()
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    assert newest_snapshot().code_version == project["version"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_store_one_snapshot_and_one_plan(no_layer):
    make_vote(*make_models("first", "second"))
    boards_to_compute()

    def run(_):
        update_live_boards()
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert Snapshot.objects.count() == 1
    assert DrawPlan.objects.count() == 1
    assert len(no_layer) == 1


@pytest.mark.parametrize("name", EARLIER_NAMES)
def test_a_message_under_an_earlier_name_runs_the_same(name):
    """It may lie in a queue that the release before has left."""
    assert app.tasks[name].run == EARLIER_NAMES[name].run
