"""Counts that were wrong and were written anew: whoever kept them in memory notices."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from arena.battles.models import DrawPlan
from arena.boards.models import Board, Snapshot
from arena.boards.selectors import latest
from arena.boards.services import snapshots, verification
from arena.boards.services.reproduction import reproduce_snapshot
from arena.boards.services.snapshots import recompute
from arena.boards.services.updating import boards_to_compute, update_live_boards
from arena.boards.services.verification import rebuild_counts
from arena.core import locks
from arena.ledger.models import Cell, LedgerEntry, PairCount, Repair
from arena.ledger.selectors.filters import EVERY_VOTE, VoteFilter
from arena.ledger.services import tallies
from arena.ledger.services.folding import fold
from arena.ledger.services.tallies import RunningTallies
from tests.arena.boards.newest import newest_snapshot
from tests.arena.ledger.labelled import vote_under
from tests.environment import POSTGRES
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.django_db

OCR = VoteFilter(category="ocr")


@pytest.fixture
def running(no_layer, monkeypatch):
    """Counts of this process, read while they were wrong."""
    running = RunningTallies()
    monkeypatch.setattr(tallies, "running", lambda: running)
    vote_under(*make_models("first", "second"), times=4, category="ocr")
    fold()
    PairCount.objects.update(votes=9)
    Cell.objects.update(votes=7)
    assert totals(running) == [9, 7]
    return running


def totals(running):
    return [one.counts.total for one in running.tallies(EVERY_VOTE, OCR)]


def test_a_running_process_reads_repaired_counts_without_a_new_vote(running):
    rebuild_counts()
    assert totals(running) == [4, 4]


def test_it_follows_the_ledger_from_there(running):
    rebuild_counts()
    vote_under(*make_models("third", "fourth"), times=2, category="ocr")
    fold()
    assert totals(running) == [6, 6]


def test_each_repair_is_noticed(running):
    for wrong in (5, 6):
        rebuild_counts()
        assert totals(running) == [4, 4]
        PairCount.objects.update(votes=wrong)
    assert totals(running) == [4, 4]
    assert Repair.objects.count() == 2


def test_looking_for_a_repair_asks_no_query_of_its_own(running):
    rebuild_counts()
    totals(running)
    with CaptureQueriesContext(connection) as queries:
        totals(running)
    assert len(queries) == 1


def test_a_process_that_began_with_an_empty_ledger_notices_too(no_layer):
    running = RunningTallies()
    assert totals(running) == [0, 0]
    vote_under(*make_models("first", "second"), times=2)
    fold()
    PairCount.objects.update(votes=7)
    rebuild_counts()
    assert totals(running) == [2, 0]


def test_a_repair_between_two_looks_at_the_same_counts_leaves_none_of_them(running, monkeypatch):
    """The filters that are known are forgotten while another one is about to be read."""
    view = locks.one_view

    def late(name):
        monkeypatch.setattr(tallies, "one_view", view)
        monkeypatch.setattr(verification, "recompute_all_boards", lambda: None)
        rebuild_counts()
        return view(name)

    monkeypatch.setattr(tallies, "one_view", late)
    new = VoteFilter(language="de")
    assert [one.counts.total for one in running.tallies(EVERY_VOTE, new, OCR)] == [4, 0, 4]


def test_a_wrong_leaderboard_is_followed_by_a_right_one_of_the_same_entry(running):
    update_live_boards()
    wrong = newest_snapshot()
    rebuild_counts()
    right = newest_snapshot()
    assert (wrong.ledger_number, right.ledger_number) == (4, 4)
    assert wrong.etag != right.etag
    assert reproduce_snapshot(snapshot=right).equal
    assert not reproduce_snapshot(snapshot=wrong).equal


def test_a_right_leaderboard_is_not_stored_again(no_layer):
    make_vote()
    update_live_boards()
    rebuild_counts()
    assert Snapshot.objects.count() == 1


def test_the_draw_plan_is_made_anew(running):
    update_live_boards()
    wrong = DrawPlan.objects.get().pk
    rebuild_counts()
    assert DrawPlan.objects.get().pk > wrong


def test_slow_boards_are_computed_anew_too(running):
    pooled = {"parameters": {"pooled": True}, "category": "ocr"}
    board = Board.objects.create(slug="ocr", name="Reading", **pooled)
    recompute(board=board)
    rebuild_counts()
    assert reproduce_snapshot(snapshot=latest("ocr")).equal


def test_a_fit_of_counts_that_were_repaired_meanwhile_is_not_stored(running, monkeypatch):
    board, compute = boards_to_compute()[0], snapshots.compute

    def slow(recipe, **more):
        found = compute(recipe, **more)
        monkeypatch.setattr(snapshots, "compute", compute)
        rebuild_counts()
        return found

    monkeypatch.setattr(snapshots, "compute", slow)
    assert recompute(board=board) is None
    assert reproduce_snapshot(snapshot=newest_snapshot()).equal


def test_nothing_is_forgotten_where_nothing_could_be_repaired(running):
    QuerySet(LedgerEntry).filter(number=2).update(outcome=3)
    rebuild_counts()
    assert not Repair.objects.exists()
    assert totals(running) == [9, 7]


@pytest.mark.django_db(transaction=True)
def test_the_repair_of_another_process_is_noticed(running):
    name = connection.settings_dict["NAME"]
    address = POSTGRES.url(name) if POSTGRES else f"sqlite:///{name}"
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_ledger", "--repair"],
        env={**os.environ, "DATABASE_URL": address, "ARENA_BOOTSTRAP": "off"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert totals(running) == [4, 4]


def test_a_repair_of_an_empty_ledger_stops_no_draw_plan(no_layer, monkeypatch):
    fresh = RunningTallies()
    monkeypatch.setattr(tallies, "running", lambda: fresh)
    make_models("first", "second")
    rebuild_counts()
    DrawPlan.objects.all().delete()
    update_live_boards()
    assert DrawPlan.objects.count() == 1
