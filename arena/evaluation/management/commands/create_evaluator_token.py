"""`manage.py create_evaluator_token NAME`: a token for a program that asks models."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from arena.evaluation.services import create_token


class Command(BaseCommand):
    """Prints the token, which can't be had again."""

    help = "Create a token with which an evaluator asks the models of the catalogue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="who uses it; shown to operators alone")
        parser.add_argument("--requests-a-day", type=int, default=20_000)
        parser.add_argument("--tokens-a-day", type=int, default=5_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["requests_a_day"], options["tokens_a_day"]) < 1:
            raise CommandError("A budget has at least one request and one token.")
        try:
            secret = create_token(
                name=options["name"],
                requests_a_day=options["requests_a_day"],
                tokens_a_day=options["tokens_a_day"],
            )
        except IntegrityError as error:
            raise CommandError(f"There is a token named {options['name']} already.") from error
        self.stdout.write(secret)
