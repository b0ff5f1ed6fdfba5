"""`manage.py exclude_import BOARD`: take imported votes out of the counts, and put them back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.boards.models import Board
from arena.ledger.services.exclusions import exclude_source, restore_source


class Command(BaseCommand):
    """Append a ledger entry for each vote; nothing is deleted. A repeated call changes nothing."""

    help = "Take the imported votes of a board out of the counts, or put them back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("board", help="slug that the votes were imported with")
        parser.add_argument("--restore", action="store_true", help="let the votes count again")

    def handle(self, *args: Any, **options: Any) -> None:
        board = Board.objects.filter(slug=options["board"]).exclude(source="").first()
        if board is None:
            raise CommandError(f"There is no board of imported votes named {options['board']}.")
        if options["restore"]:
            count = restore_source(source=board.source)
            self.stdout.write(f"{count} votes of {board.source} count again.")
        else:
            count = exclude_source(source=board.source)
            self.stdout.write(f"{count} votes of {board.source} no longer count.")
