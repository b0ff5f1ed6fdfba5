"""`manage.py fill_groups`: Readers, Moderators and Operators."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from arena.operations import groups


class Command(BaseCommand):
    """Safe to run again: a group that is there stays as it is."""

    help = "Make the groups of permissions that an arena starts with, where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        made = groups.fill()
        self.stdout.write(f"Groups made: {', '.join(made) or 'none, they are all there'}")
