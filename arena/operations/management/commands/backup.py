"""`manage.py backup FILE`: rows and pictures as they are now, in one file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.operations.backup import back_up


class Command(BaseCommand):
    """The site may run on meanwhile."""

    help = (
        "Write everything that must not be lost to FILE. Keys are not in it: keep them apart."
        " Keys of endpoints and second factors are in it as ciphertext, which those keys open."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            manifest = back_up(path)
        except OSError as error:
            raise CommandError(str(error)) from error
        count, pictures = sum(manifest.rows.values()), len(manifest.sha256) - len(manifest.rows)
        size = path.stat().st_size
        self.stdout.write(f"{path}: {count} rows, {pictures} files, {size} bytes")
        for name in manifest.missing:
            self.stderr.write(f"Named by a row, and not there: {name}")
        with path.open("rb") as file:
            self.stdout.write(f"SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}")
