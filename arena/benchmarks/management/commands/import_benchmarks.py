"""`manage.py import_benchmarks`: scores of outside evaluators beside the votes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.benchmarks.formats import result_formats
from arena.benchmarks.results import UnreadableResults
from arena.benchmarks.services import import_scores

SHOWN = 10
"""Names and problems that are printed of each file; the rest are counted."""


class Command(BaseCommand):
    """Reads a file, or a folder of them, and says what it could not use."""

    help = "Import benchmark scores from the result files of an evaluation tool."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="a result file, or a folder that holds some")
        parser.add_argument("--format", required=True, choices=sorted(result_formats()))
        parser.add_argument("--dry-run", action="store_true", help="read and report, keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            reports = import_scores(options["path"], options["format"], dry_run=options["dry_run"])
        except UnreadableResults as error:
            raise CommandError(f"{error} Nothing was imported.") from error
        for report in reports:
            done = (
                "was imported before"
                if report.known
                else "would be imported"
                if options["dry_run"]
                else "imported"
            )
            self.stdout.write(
                f"{report.source}: {report.scores} scores of {report.models} models {done}"
            )
            self._list("without a card of exactly that name, slug or Hub id", report.unmatched)
            self._list("left out", report.problems)

    def _list(self, what: str, lines: tuple[str, ...]) -> None:
        if lines:
            self.stdout.write(f"  {len(lines)} {what}:")
            for line in lines[:SHOWN]:
                self.stdout.write(f"    {line}")
            if len(lines) > SHOWN:
                self.stdout.write(f"    and {len(lines) - SHOWN} more")
