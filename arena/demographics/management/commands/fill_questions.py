"""`manage.py fill_questions`: the questions that an arena starts with stand there afterwards."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from arena.demographics.services import fill_questions


class Command(BaseCommand):
    """Make the missing questions, switched off. What operators changed stays as it is."""

    help = "Make the questions to voters that an arena starts with, where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        for slug in fill_questions():
            self.stdout.write(f"{slug}: made")
