"""`manage.py fill_boards`: the boards that an arena starts with stand there afterwards."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from arena.leaderboard import services


class Command(BaseCommand):
    """Idempotent; what an operator changed stays changed."""

    help = "Make the boards that an arena starts with, where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        for slug in services.fill_boards():
            self.stdout.write(f"{slug}: made")
