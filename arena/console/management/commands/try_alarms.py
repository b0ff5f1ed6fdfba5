"""`manage.py try_alarms`: send a trial message to everybody who is told of alarms."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.console import services


class Command(BaseCommand):
    """Shows whether mail and webhooks arrive, before something goes wrong."""

    help = "Send a trial alarm by mail and to all webhooks, and say who took it."

    def handle(self, *args: Any, **options: Any) -> None:
        found = services.try_receivers()
        if not found:
            raise CommandError("Nobody is told: set ARENA_ALARM_MAIL or ARENA_ALARM_WEBHOOKS.")
        for receiver, problem in found.items():
            self.stdout.write(f"{receiver}: {problem or 'sent'}")
        if any(found.values()):
            raise CommandError("Not everybody took it.")
