"""`manage.py import_votes FILE --board NAME`: votes of another arena, ranked on their own board."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from arena.imports.services import (
    ImportOptions,
    ImportRefused,
    import_votes,
)
from arena.imports.vote_formats import vote_formats
from arena.rating.winners import MOST_LEFT_OUT, WAYS

NAMED_BAD_ROWS = 10
SHOWN = 10
BOARD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Command(BaseCommand):
    """The votes count on that board alone, and no model of theirs is ever drawn."""

    help = "Read votes of another arena into the ledger and onto a board of their own."

    def add_arguments(self, parser: CommandParser) -> None:
        titles = "; ".join(f"{name}: {each.TITLE}" for name, each in vote_formats().items())
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=list(vote_formats()), default="table", help=titles)
        parser.add_argument("--board", type=board_slug, required=True, help="address of the board")
        parser.add_argument("--name", default="", help="heading of the board")
        parser.add_argument("--winner", help=f"{', '.join(WAYS)}, or such as 0=a,1=b,2=tie")
        parser.add_argument(
            "--most-left-out",
            type=float,
            default=MOST_LEFT_OUT,
            metavar="SHARE",
            help="of rows that can't be read; more of them and nothing is imported",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = ImportOptions(
            board=options["board"],
            name=options["name"],
            format=options["format"],
            winner=options["winner"],
            most_left_out=options["most_left_out"],
        )
        try:
            with Progress(console=Console(stderr=True), transient=True) as progress:
                task = progress.add_task("Votes", total=None)
                found = import_votes(
                    file=options["file"],
                    options=given,
                    progress=lambda at, end: progress.update(task, completed=at, total=end),
                )
        except ImportRefused as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        say = self.stdout.write
        for note in found.notes:
            say(f"note: {note}")
        if found.bad:
            say(f"{len(found.bad)} rows left out:")
        for row in found.bad[:NAMED_BAD_ROWS]:
            say(f"  {found.unit} {row.line}: {row.reason}")
        if len(found.bad) > NAMED_BAD_ROWS:
            say(f"  and {len(found.bad) - NAMED_BAD_ROWS} more")
        say(f"{found.votes} votes on {found.models} models, {found.added} new to the ledger.")
        snapshot = found.board.snapshots.order_by("-pk").first()
        for line in (snapshot.rows if snapshot else [])[:SHOWN]:
            if line["rating"] is not None:
                say(f"{line['rank']:>4}  {line['rating']:7.1f}  {line['model']}")
        say(f"The board is at /leaderboard/{found.board.slug}/")


def board_slug(text: str) -> str:
    """Return the slug. Raises ArgumentTypeError for a text that no board's address can have."""
    if not BOARD.fullmatch(text) or text == "overall":
        raise ArgumentTypeError("takes small letters and digits, joined by hyphens")
    return text
