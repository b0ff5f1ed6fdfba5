"""Prepare the demo before its first page: tables, the catalogue, an operator."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from arena.demo.programs import operator_password
from arena.demo.state import StateFolder

OPERATOR = "operator"


class Command(BaseCommand):
    """Prepare the demo's database. A further run adds only what is missing."""

    help = "Migrate, fill the catalogue with the shipped models, make the operator's account."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=1)
        for command in ("fill_catalogue", "fill_boards", "fill_questions", "fill_groups"):
            if command in get_commands():
                call_command(command)
        users = get_user_model().objects
        if not users.filter(username=OPERATOR).exists():
            users.create_superuser(
                OPERATOR, email="", password=operator_password(StateFolder(settings.DATA_DIR))
            )
