"""`manage.py fill_boards`: the boards that an arena starts with stand there afterwards."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from arena.boards.services.defaults import fill_boards


class Command(BaseCommand):
    """Make the missing boards. A second run changes nothing, and what operators changed stays."""

    help = "Make the boards that an arena starts with, where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        for slug in fill_boards():
            self.stdout.write(f"{slug}: made")
