"""`manage.py fill_groups`: Viewers, Moderators, Operators and Owners."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from arena.operations import groups


class Command(BaseCommand):
    """Make the missing groups. A group that is there stays as it is."""

    help = "Make the groups of permissions that an arena starts with, where they are missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--complete",
            action="store_true",
            help="also add to groups that are there what this release gives them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = groups.fill(complete=options["complete"])
        self.stdout.write(f"Groups made: {', '.join(made) or 'none, they are all there'}")
