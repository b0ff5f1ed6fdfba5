"""A backup of an earlier release comes into this one; the file beside is version 0.1.0's own.

It holds four simulated models with sixty votes, eighty-three snapshots, and an operator with a
second factor, as `manage.py backup` of that release wrote them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from arena.bootstrap.environment import ROOT

pytestmark = pytest.mark.timeout(600)  # a program has to make all tables
EARLIER = Path(__file__).with_name("vision-arena-0.1.0.tar.gz")


@pytest.fixture
def manage(tmp_path):
    """Run a command of manage.py on a database of its own; returns what it said, and its status."""
    place = {"ARENA_DATA_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"}
    env = {**os.environ, **place, "DJANGO_SETTINGS_MODULE": "arena.config.settings"}

    def run(*arguments):
        argv = [sys.executable, "-m", "django", *arguments]
        done = subprocess.run(
            argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=150, check=False
        )
        return done.stdout + done.stderr, done.returncode

    return run


def test_it_is_restored_migrated_and_gives_the_same_leaderboards(manage, tmp_path):
    said, status = manage("restore", str(EARLIER))
    assert status == 0, said
    assert "83 of 83 snapshots are byte for byte the same" in manage("rebuild", "--all")[0]
    assert "All counts are what the 60 entries of the ledger say" in manage("recount")[0]
    assert manage("migrate", "--check")[1] == 0
    content = (tmp_path / "new.sqlite3").read_bytes()
    assert b"otpauth" not in content


def test_tables_of_this_release_are_not_led_back(manage):
    manage("migrate", "--verbosity", "0")
    said, status = manage("restore", str(EARLIER))
    assert status != 0
    assert "give it a database without any" in said


def test_a_backup_of_a_later_release_is_refused(manage, tmp_path):
    later = tmp_path / "later.tar.gz"
    with tarfile.open(EARLIER) as old, tarfile.open(later, "w:gz") as new:
        for part in old.getmembers():
            content = old.extractfile(part)
            if part.name == "manifest.json":
                facts = json.load(content)
                facts["migrations"] = sorted([*facts["migrations"], "battles.9999_of_tomorrow"])
                (tmp_path / part.name).write_text(json.dumps(facts))
                new.add(tmp_path / part.name, part.name)
            else:
                new.addfile(part, content)
    said, status = manage("restore", str(later))
    assert status != 0
    assert "knows battles.9999_of_tomorrow" in said
