"""`manage.py verify_ledger`: whether the counts are what the ledger adds up to."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from arena.boards.services.verification import rebuild_counts, verify_ledger
from arena.ledger.selectors.audit import first_with_versions
from arena.ledger.selectors.head import head


class Command(BaseCommand):
    """The exit status is 1 where something is wrong. Changes nothing unless it is told to."""

    help = "Check the ledger's chain, and compare all counts with what its entries add up to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="write the counts anew from the ledger; only if its chain is whole",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["repair"]:
            found = rebuild_counts()
        else:
            with Progress(console=Console(stderr=True)) as progress:
                bar = progress.add_task("entries", total=head().number)
                found = verify_ledger(tick=lambda number: progress.update(bar, completed=number))
        for finding in found.findings:
            self.stderr.write(finding)
        if found.findings:
            raise CommandError(f"{len(found.findings)} differences; the ledger is the truth.")
        self.stdout.write(f"All counts are what the {found.number} entries of the ledger say.")
        first = first_with_versions()
        if first is not None:
            self.stdout.write(f"Entries from number {first} on name versions of models.")
        if options["repair"]:
            self.stdout.write("Boards were computed anew; running programs notice by themselves.")
