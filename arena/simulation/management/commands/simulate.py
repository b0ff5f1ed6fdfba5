"""`manage.py simulate`: a board from known strengths, and how well it found them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from arena.boards.selectors import latest
from arena.core.errors import DomainError
from arena.simulation.services import SimulationPlan, check_database, recovery, simulate


class Command(BaseCommand):
    """Goes through the product's own tables: what it shows, the arena does."""

    help = "Fill the board with simulated models and votes, and compare it with the truth."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--models", type=int, default=20)
        parser.add_argument("--votes", type=int, default=10_000)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--voters", type=int, help="default: one for every ten votes")
        parser.add_argument("--days", type=int, default=30, help="over which the votes spread")
        parser.add_argument("--into-existing", action="store_true", help="even beside other votes")
        parser.add_argument("--json", action="store_true", help="the result alone, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("models", "votes", "seed", "days")
        given = {name: options[name] for name in names}
        try:
            voters = options["voters"] or max(1, options["votes"] // 10)
            what = SimulationPlan(**given, voters=voters)
            if not options["into_existing"]:
                check_database()
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            console = Console(stderr=True, quiet=options["json"])
            start = time.monotonic()
            with _calm(), Progress(*columns, TimeRemainingColumn(), console=console) as shown:
                task = shown.add_task("votes", total=what.votes)
                for done in simulate(what):
                    shown.advance(task, done)
            seconds = time.monotonic() - start
        except (DomainError, ValueError) as error:
            message = error.message if isinstance(error, DomainError) else error
            raise CommandError(f"{message}") from error
        found = recovery()
        if options["json"]:
            facts = {**asdict(found), "seconds": round(seconds, 2)}
            newest = latest()
            self.stdout.write(json.dumps({**facts, "etag": newest.etag if newest else ""}))
            return
        share = 100 * found.inside / max(found.rated, 1)
        self.stdout.write(f"{seconds:.0f} s, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
        self.stdout.write(
            f"{found.inside} of {found.rated} true ratings lie in their 95% intervals"
            f" ({share:.1f}%); typical error {found.error:.1f} points."
        )
        self.stdout.write(
            f"{found.confirmed} pairs are confirmed to stand one above the other; "
            + (f"{found.wrong} of them falsely." if found.wrong else "none of them falsely.")
        )


@contextmanager
def _calm() -> Iterator[None]:
    """Once a round would be too often to hear that no page is open because no site runs."""
    log = logging.getLogger("arena.boards.dispatch")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
