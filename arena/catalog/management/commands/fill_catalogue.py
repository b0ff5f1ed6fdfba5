"""`manage.py fill_catalogue`: the shipped models stand in the catalogue afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.catalog import services

SHIPPED = settings.BASE_DIR / "inference_worker" / "checkpoints"


class Command(BaseCommand):
    """Make the missing cards. A second run changes nothing, and a retired card stays retired."""

    help = "Add the models that come with the arena to the catalogue, or update them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=SHIPPED, help="holds SLUG/arena.json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            filled = services.fill(options["folder"])
        except services.MalformedEntry as error:
            raise CommandError(str(error)) from error
        for slug, what in filled:
            self.stdout.write(f"{slug}: {what}")
        if not filled:
            self.stdout.write(f"No models in {options['folder']}.")
