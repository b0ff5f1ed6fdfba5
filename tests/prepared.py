"""Databases with all tables and nothing else, made once for a run of the suite and copied.

Migrating takes seven seconds of a core, and many parts of a run need a database of their own: each
pytest, and each arena that a test starts. ARENA_TEST_PREPARED names the folder that they share;
whoever asks first makes what is in it. Without it each database is migrated by itself.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from arena.bootstrap.environment import ROOT
from tests import postgres

FOLDER = Path(os.environ["ARENA_TEST_PREPARED"]) if "ARENA_TEST_PREPARED" in os.environ else None
_NAME = "prepared"
_MIGRATE = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", interactive=False, verbosity=0)
"""


def copy_file(target: Path) -> None:
    """Write a SQLite file with all tables, or nothing in a run that prepares none."""
    if FOLDER is not None:
        shutil.copyfile(_made(FOLDER / "arena.sqlite3", _make_file), target)


def install(server: postgres.Server) -> None:
    """Install a cluster of which :func:`create` can copy a database; else an empty one."""
    if FOLDER is None:
        postgres.install(server)
    else:
        cluster = _made(FOLDER / "cluster", _make_cluster)
        subprocess.run(["cp", "-a", str(cluster), str(server.data)], check=True)


def create(server: postgres.Server, name: str = postgres.OWNER) -> None:
    """Add a database with all tables to an installed cluster, or an empty one."""
    server.create(name, template=_NAME if FOLDER else "template1")


def _made(target: Path, make: Callable[[Path], None]) -> Path:
    """Return the target after one of all processes has made it."""
    with (target.parent / f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            make(target)
    return target


def _make_file(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="arena-prepared-") as folder:
        file = Path(folder) / target.name
        _migrate(f"sqlite:///{file}", folder)
        shutil.move(file, target)


def _make_cluster(target: Path) -> None:
    server = postgres.configure()
    with (
        tempfile.TemporaryDirectory(prefix="arena-prepared-") as folder,
        postgres.started(server, keep=True),  # and ended so that a copy starts without a recovery
    ):
        server.create(_NAME)
        _migrate(server.url(_NAME), folder)
    subprocess.run(["mv", str(server.data), str(target)], check=True)
    shutil.rmtree(server.folder)


def _migrate(database_url: str, folder: str) -> None:
    own = {
        "ARENA_DATA_DIR": folder,
        "ARENA_SECRET_KEY": "only for tests, where nothing is secret",
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "arena.config.settings",
    }
    argv = [sys.executable, "-c", _MIGRATE]
    subprocess.run(argv, env={**os.environ, **own}, cwd=ROOT, check=True)
