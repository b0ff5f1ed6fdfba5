"""Out of SQLite into PostgreSQL and back: each on a database of its own, by the very commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from arena.bootstrap.environment import ROOT
from tests import postgres

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Place:
    """A database and the folder of its pictures."""

    url: str
    folder: Path

    def run(self, *argv):
        env = {"DATABASE_URL": self.url, "ARENA_DATA_DIR": str(self.folder)}
        done = subprocess.run(
            [sys.executable, *argv],
            env={**os.environ, **env, "ARENA_BOOTSTRAP": "off", "ARENA_BOARD_MIN_VOTES": "1"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def work(self, name):
        return json.loads(self.run("-m", "tests.arena.backups.across", name).splitlines()[-1])


@pytest.fixture(scope="module", params=["sqlite to postgresql", "postgresql to sqlite"])
def moved(request, tmp_path_factory):
    """What was in the one database, what is in the other, and how that goes on."""
    folder = tmp_path_factory.mktemp("across")
    lite = Place(f"sqlite:///{folder}/lite/arena.sqlite3", folder / "lite")
    lite.folder.mkdir()
    with postgres.running() as server:
        other = Place(server.url(), folder / "other")
        other.folder.mkdir()
        source, target = (lite, other) if request.param.startswith("sqlite") else (other, lite)
        before = source.work("fill")
        source.run("manage.py", "backup", str(folder / "arena.tar.gz"))
        target.run("manage.py", "restore", str(folder / "arena.tar.gz"))
        yield before, *target.work("go_on")


def test_every_row_comes_over(moved):
    before, after, _ = moved
    assert before["rows"].keys() == after["rows"].keys()
    for table, rows in before["rows"].items():
        assert after["rows"][table] == rows, table
    assert len(before["rows"]["ledger.ledgerentry"]) > 10


def test_bodies_of_snapshots_have_their_checksums(moved):
    before, after, _ = moved
    assert after["bodies"] == after["etags"] == before["bodies"]
    assert len(after["bodies"]) > 4


def test_pictures_come_over_byte_for_byte(moved):
    before, after, _ = moved
    assert after["files"] == before["files"] != []


def test_the_ledger_goes_on_at_the_next_number_with_the_vote_that_waited(moved):
    _, _, later = moved
    assert later["behind"] == [later["last"] + 1, later["last"] + 2]


def test_chain_and_counts_are_whole_there(moved):
    assert moved[2]["findings"] == []


def test_each_old_leaderboard_can_be_rebuilt_there(moved):
    assert set(moved[2]["rebuilt"]) == {True}


def test_the_next_row_of_each_table_gets_a_key_that_is_free(moved):
    assert moved[2]["taken"] == []
