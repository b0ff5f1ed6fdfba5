"""`manage.py export DIR`: votes and published battles in one folder that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from arena.datasets.services.exporting import ExportOptions, export
from arena.datasets.services.increments import earlier_export
from arena.datasets.services.state import ExportRefused
from arena.datasets.services.writing import FORMS

MB = 2**20


class Command(BaseCommand):
    """The site may run on meanwhile; an export that was broken off goes on when asked again."""

    help = (
        "Write votes without content, and battles whose voter agreed, to a new folder: a data set"
        " for the Hub, with CSV and JSON lines beside it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a new one; it appears when it is whole")
        parser.add_argument(
            "--form", action="append", choices=FORMS, help="one or more; all of them unless told"
        )
        parser.add_argument(
            "--shard-mb", type=float, default=256.0, help="size of a shard in memory, at most"
        )
        parser.add_argument(
            "--seed", type=int, help="of the pseudonyms: for tests, never for publication"
        )
        parser.add_argument(
            "--since",
            type=Path,
            metavar="EXPORT",
            help="only what an earlier export and those before it lack",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["shard_mb"] > 0:
            raise CommandError("--shard-mb takes a number above 0.")
        forms = tuple(form for form in FORMS if form in (options["form"] or FORMS))
        try:
            earlier = earlier_export(options["since"]) if options["since"] else None
            given = ExportOptions(
                forms=forms,
                shard_bytes=int(options["shard_mb"] * MB),
                seed=options["seed"],
                since=earlier.number if earlier else 0,
            )
            with Progress(console=Console(stderr=True)) as progress:
                bars = {name: progress.add_task(name, total=None) for name in ("ledger", "battles")}
                rows = export(
                    options["folder"],
                    given,
                    earlier=earlier,
                    progress=lambda name, at, end: progress.update(
                        bars[name], completed=at, total=end
                    ),
                )
        except ExportRefused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error}. Asked again, the export goes on.") from error
        for name, count in (rows or {}).items():
            self.stdout.write(f"{name}: {count}")
        self.stdout.write(f"{options['folder']} is whole.")
