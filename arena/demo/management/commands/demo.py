"""`python3 manage.py demo`: the whole arena on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from arena.demo.launch import run
from arena.demo.state import CannotStart


class Command(BaseCommand):
    """Everything on one machine: store, site, workers, shipped models."""

    help = "Start the whole arena on this machine and serve it until Ctrl-C."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the site listens")
        parser.add_argument("--data", type=Path, help="the folder that keeps the state")

    def handle(self, *args: Any, **options: Any) -> None:
        """The bootstrap has put --data into ARENA_DATA_DIR, which the settings read at import."""
        data = options["data"] or Path(os.environ["ARENA_DATA_DIR"])
        try:
            run(options["port"], data.expanduser().resolve())
        except CannotStart as error:
            raise SystemExit(str(error)) from error
