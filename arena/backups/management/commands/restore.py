"""`manage.py restore FILE`: an empty database becomes what a backup holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.backups.archive import BadArchive
from arena.backups.backup import NotEmpty, restore


class Command(BaseCommand):
    """Stop the site first: what it would write meanwhile waits, and may then find no row."""

    help = "Bring an empty database and the folder of pictures to what FILE holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="delete what is there now")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["file"], overwrite=options["overwrite"])
        except (BadArchive, NotEmpty, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored {sum(manifest.rows.values())} rows.")
