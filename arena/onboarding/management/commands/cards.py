"""`manage.py cards export|import`: the catalogue as YAML, for review in a repository."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.core.errors import DomainError
from arena.onboarding import card_files
from arena.onboarding.card_files import MalformedCardFile

MOST_BYTES = 10_000_000
SHOWN = 5
"""Cards that were left out and are named."""


class Command(BaseCommand):
    """Writes no key, and reads none."""

    help = "Write all model cards to a YAML file, or bring the catalogue to what one says."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["export", "import"])
        parser.add_argument(
            "file", nargs="?", default="-", help="a path; - for standard input, output"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what an import would change, no more"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "export":
            self._export(options["file"])
            return
        try:
            entries = yaml.safe_load(_read(options["file"]))
            changes = card_files.import_cards(entries, dry_run=options["dry_run"])
        except yaml.YAMLError as error:
            raise CommandError(f"{options['file']} is no YAML: {error}") from error
        except (MalformedCardFile, OSError) as error:
            raise CommandError(str(error)) from error
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        for change in changes:
            what = ", ".join(change.changed) or "unchanged"
            key = " (enter the key of its endpoint in the admin)" if change.needs_key else ""
            self.stdout.write(f"{change.slug}: {what}{key}")
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")

    def _export(self, file: str) -> None:
        export = card_files.export_cards()
        text = yaml.safe_dump(export.entries, allow_unicode=True, sort_keys=False, width=100)
        if file == "-":
            self.stdout.write(text, ending="")
        else:
            try:
                Path(file).write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{file} can't be written: {error.strerror}.") from error
        if export.left_out:
            count, some = len(export.left_out), ", ".join(export.left_out[:SHOWN])
            more = ", …" if count > SHOWN else ""
            self.stderr.write(
                f"Left out, as no worker runs them (cards of imported or simulated votes, and"
                f" cards without a version): {count} ({some}{more})."
            )


def _read(file: str) -> str:
    """Return the text of a file, bounded. Raises OSError and CommandError."""
    if file == "-":
        text = sys.stdin.read(MOST_BYTES + 1)
    else:
        with Path(file).open(encoding="utf-8") as stream:
            text = stream.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise CommandError(f"{file} is too long for a file of cards.")
    return text
