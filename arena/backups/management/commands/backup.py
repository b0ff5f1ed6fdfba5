"""`manage.py backup FILE`: rows and pictures as they are now, in one file.

`manage.py backup FOLDER --keep 14` names it by the time, and deletes the oldest beyond the 14th and
what backups that were killed left there.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.backups.backup import back_up, remove_drafts
from arena.operations.models import BackupRun

_NAMED = re.compile(r"arena-\d{8}T\d{6}Z\.tar\.gz")


class Command(BaseCommand):
    """The site may run on meanwhile."""

    help = (
        "Write everything that must not be lost to FILE. Keys are not in it: keep them apart."
        " Keys of endpoints and second factors are in it as ciphertext, which those keys open."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a new file, or a folder for one")
        parser.add_argument("--keep", type=int, help="how many backups of a folder stay")

    def handle(self, *args: Any, **options: Any) -> None:
        path, keep = options["file"], options["keep"]
        if keep is not None and (keep < 1 or not path.is_dir()):
            raise CommandError("--keep takes a number from 1 on, and a folder instead of a file.")
        folder = path if path.is_dir() else None
        if folder is not None:
            path = folder / f"arena-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
        try:
            manifest = back_up(path)
        except OSError as error:
            BackupRun.objects.create(problem=str(error)[:300])
            raise CommandError(str(error)) from error
        BackupRun.objects.create()
        count, pictures = sum(manifest.rows.values()), len(manifest.sha256) - len(manifest.rows)
        size = path.stat().st_size
        self.stdout.write(f"{path}: {count} rows, {pictures} files, {size} bytes")
        for name in manifest.missing:
            self.stderr.write(f"Named by a row, and not there: {name}")
        with path.open("rb") as file:
            self.stdout.write(f"SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}")
        if folder is not None and keep is not None:
            for draft in remove_drafts(folder):
                self.stdout.write(f"{draft}: deleted, a backup that was not finished")
            named = sorted(path for path in folder.iterdir() if _NAMED.fullmatch(path.name))
            for old in named[:-keep]:
                old.unlink()
                self.stdout.write(f"{old}: deleted, {keep} newer ones stay")
