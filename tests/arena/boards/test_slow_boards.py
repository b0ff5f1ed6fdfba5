"""Slow boards go by a queue of their own, and what was killed over them keeps nobody waiting."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from arena.boards import dispatch, tasks
from arena.boards.models import Board, Snapshot
from arena.boards.selectors import latest
from arena.boards.services import snapshots, updating
from arena.boards.services.reproduction import reproduce_snapshot
from arena.boards.services.updating import update_background_boards, update_live_boards
from arena.config.celery import app
from arena.core.redis import client
from arena.demo import programs
from arena.demo.state import open_folder
from inference_worker.wire.messages import OUTCOME_QUEUE
from inference_worker.wire.task import backlog
from tests.arena.ledger.labelled import vote_under
from tests.compose import SERVICES
from tests.environment import POSTGRES
from tests.factories import make_models


def waiting(queue=settings.SLOW_QUEUE):
    return backlog(client(), queue)


def test_the_beat_asks_for_them_on_a_queue_of_their_own(valkey_url):
    tasks.request_background_update()
    assert (waiting(), waiting("arena")) == (1, 0)


def test_where_nobody_listens_one_message_waits_and_no_more(valkey_url):
    for _ in range(3):
        tasks.request_background_update()
    assert waiting() == 1


def test_a_store_that_is_away_is_no_fault(monkeypatch, unused_tcp_port, caplog):
    away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setattr(dispatch, "client", lambda: away)
    tasks.request_background_update()
    assert "slow boards follow later" in caplog.text


@pytest.mark.parametrize("task", [tasks.update_background_boards, tasks.verify_ledger])
def test_what_keeps_a_core_busy_is_routed_there(task):
    route = app.amqp.router.route({}, task.name)
    assert route["queue"].name == settings.SLOW_QUEUE


@pytest.mark.parametrize(
    "task", [tasks.update_live_boards, tasks.request_background_update, tasks.prune_snapshots]
)
def test_what_does_not_is_not(task):
    assert app.amqp.router.route({}, task.name)["queue"].name == "arena"


def queues_of(argv):
    return argv[argv.index("-Q") + 1].split(",")


def test_the_demo_takes_all_queues_with_one_process(tmp_path):
    env = programs.environment(open_folder(tmp_path), "redis://x")
    [worker] = [one for one in programs.programs(env, 8000) if one.name == "site-worker"]
    assert queues_of(worker.argv) == ["arena", OUTCOME_QUEUE, settings.SLOW_QUEUE]


def test_in_containers_a_process_that_gives_way_has_the_slow_one_alone():
    assert queues_of(SERVICES["slow-worker"]["command"]) == [settings.SLOW_QUEUE]
    assert [name for name, one in SERVICES.items() if "cpu_shares" in one] == ["slow-worker"]
    assert queues_of(SERVICES["site-worker"]["command"]) == ["arena", OUTCOME_QUEUE]


@pytest.fixture
def boards(db, no_layer, valkey_url):
    """Two slow boards with a vote each that they don't know yet."""
    for slug in ("voters", "others"):
        Board.objects.create(slug=slug, name=slug, by_voter=True)
    vote_under(*make_models("first", "second"))
    update_live_boards()


def test_each_board_has_the_whole_time(boards, monkeypatch):
    left = []

    def recompute(*, board):
        left.append(client().pttl(updating.BACKGROUND_LOCK))
        client().pexpire(
            updating.BACKGROUND_LOCK, 5_000
        )  # as if this board had taken nearly all of it

    monkeypatch.setattr(updating, "recompute", recompute)
    monkeypatch.setattr(updating, "BACKGROUND_LOCK_SECONDS", 3600)
    update_background_boards()
    assert len(left) == 2
    assert min(left) > 3_000_000


def test_a_lock_that_was_lost_on_the_way_stops_no_board(boards, monkeypatch, caplog):
    recompute = snapshots.recompute

    def slow(*, board):
        client().delete(updating.BACKGROUND_LOCK)
        return recompute(board=board)

    monkeypatch.setattr(updating, "recompute", slow)
    update_background_boards()
    assert latest("others") is not None
    assert "without their lock" in caplog.text


KILLED = """
import os, signal, django
django.setup()
from arena.boards.services import {module} as module, updating
plain, done = module.{name}, []
def killed(*args, **kwargs):
    {when}
    os.kill(os.getpid(), signal.SIGKILL)
module.{name} = killed
updating.update_background_boards()
"""
MOMENTS = {
    "before the first board": ("updating", "recompute", "pass"),
    "behind the first board": ("updating", "recompute", "plain(*args, **kwargs)"),
    "behind a fit": ("snapshots", "compute", "plain(*args, **kwargs)"),
    "while a snapshot is stored": ("snapshots", "_store", "plain(*args, **kwargs)"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_process_that_is_killed_leaves_a_lock_that_ends_and_nothing_half(
    boards, moment, valkey_url
):
    module, name, when = MOMENTS[moment]
    name_of = connection.settings_dict["NAME"]
    address = POSTGRES.url(name_of) if POSTGRES else f"sqlite:///{name_of}"
    code = KILLED.format(module=module, name=name, when=when)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DATABASE_URL": address},
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    assert 0 < client().pttl(updating.BACKGROUND_LOCK) <= 1000 * updating.BACKGROUND_LOCK_SECONDS
    client().delete(updating.BACKGROUND_LOCK)  # what time does
    update_background_boards()
    assert {"voters", "others"} <= set(Snapshot.objects.values_list("board__slug", flat=True))
    assert all(reproduce_snapshot(snapshot=one).equal for one in Snapshot.objects.all())
