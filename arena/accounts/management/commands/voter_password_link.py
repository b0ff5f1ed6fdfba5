"""`manage.py voter_password_link NAME`: a way back for a voter who forgot the password."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from arena.accounts.selectors import LINK_HOURS, NoPassword, link_token
from arena.operations import audit


class Command(BaseCommand):
    """Prints the link; whoever opens it can set the password."""

    help = "Make a link with which a voter sets a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="of the voter's account")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = link_token(options["name"])
        except NoPassword as error:
            raise CommandError(f"No voter has a password as {options['name']}.") from error
        audit.record_command("voter_password_link", options["name"])
        self.stdout.write(reverse("accounts:new_password", args=[token]))
        hint = f"Put the site's address before it. It works once, within {LINK_HOURS} hours."
        self.stderr.write(hint)
