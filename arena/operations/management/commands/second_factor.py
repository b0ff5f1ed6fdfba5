"""`manage.py second_factor NAME`: codes of an app for an operator's account."""

from __future__ import annotations

from typing import Any

import qrcode
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.operations import audit, second_factor


class Command(BaseCommand):
    """Whoever can run this can read the database: it needs no password."""

    help = "Turn on an operator's second factor, or off with --off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--off", action="store_true", help="for a lost phone, for instance")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['username']}.")
        if options["off"]:
            second_factor.turn_off(user)
            audit.record_command("second_factor --off", user.get_username())
            self.stdout.write("Off: the password is enough again.")
        else:
            enrolment = second_factor.turn_on(user)
            audit.record_command("second_factor", user.get_username())
            code = qrcode.QRCode(border=1)
            code.add_data(enrolment.url)
            code.print_ascii(self.stdout, invert=True)
            self.stdout.write(f"Scan this with your app, or enter {enrolment.url}")
            self.stdout.write("Keep these on paper; each one opens once:")
            self.stdout.write("  ".join(enrolment.paper))
