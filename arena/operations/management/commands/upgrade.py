"""`manage.py upgrade`: bring the database to this release while the site runs on."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from arena.operations.migrating import migrate


class Command(BaseCommand):
    """Upgrade the database. It is safe to run again, and beside the previous release."""

    help = "Migrate without stopping the site, then add the models, boards and groups of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--attempts", type=int, default=60, help="how often to try for a lock")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate(attempts=options["attempts"], say=self.stdout.write)
        call_command("fill_catalogue")
        call_command("fill_boards")
        call_command("fill_questions")
        call_command("fill_groups")
