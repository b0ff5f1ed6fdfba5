"""Django in this process on a database of one's own: for programs that call services directly.

with arena_on("postgresql") as url:
    from arena.boards.services.updating import refresh
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests import postgres


def open_site(database_url: str, folder: Path) -> None:
    """Django on that database, as a child process of a program needs it, too."""
    os.environ.update(
        ARENA_DATA_DIR=str(folder),
        ARENA_SECRET_KEY="only for benches, where nothing is secret",
        DATABASE_URL=database_url,
        DJANGO_SETTINGS_MODULE="arena.config.settings",
        OMP_NUM_THREADS="1",
    )
    django.setup()


@contextlib.contextmanager
def arena_on(vendor: str, kept: Path | None = None) -> Iterator[str]:
    """An empty, migrated database; yields its address. PostgreSQL is durable, as in production.

    The database lies in the folder ``kept`` and stays there, where one is given.
    """
    with contextlib.ExitStack() as stack:
        folder = kept or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="arena-bench-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder}/arena.sqlite3"
        if vendor == "postgresql":
            cluster = kept / "postgresql" if kept else None
            url = stack.enter_context(postgres.running(durable=True, kept=cluster)).url()
        open_site(url, folder)
        settings.LOGGING_CONFIG = None
        call_command("migrate", interactive=False, verbosity=0)
        stack.callback(connections.close_all)
        yield url
