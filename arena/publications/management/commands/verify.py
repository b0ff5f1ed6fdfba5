"""`manage.py verify EXPORT`: whether the votes of an export give the leaderboards beside them.

For a folder the same as `python -m arena.rating.verify DIR`, which needs no site.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.publications.services.fetching import fetch_export, is_address
from arena.rating.verify.__main__ import verify_export
from arena.rating.vote_tables import UnusableFile


class Command(BaseCommand):
    """The exit status is 1 where something differs. Reads nothing of the database."""

    help = "Compute the published snapshots of an export anew from its votes, and compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "export", help="an export or a folder of publications, as a folder or http(s) address"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = str(options["export"])
        try:
            if is_address(given):
                with tempfile.TemporaryDirectory(prefix="arena-verify-") as folder:
                    self.stdout.write(f"Reading {fetch_export(given, Path(folder))}")
                    wrong = verify_export(Path(folder), self.stdout.write)
            else:
                wrong = verify_export(Path(given), self.stdout.write)
        except UnusableFile as error:
            raise CommandError(str(error)) from error
        if wrong:
            raise CommandError(f"{wrong} differences.")
