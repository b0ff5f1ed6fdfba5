"""`manage.py reproduce_snapshot`: any old leaderboard once more, from the ledger, byte for byte."""

from __future__ import annotations

import random
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track

from arena.boards.services.reproduction import (
    ReproducedSnapshot,
    find_snapshot,
    reproduce_snapshot,
    snapshot_ids,
)
from arena.core.errors import NotFound


class Command(BaseCommand):
    """The exit status is 1 where one snapshot is not what it was."""

    help = "Compute stored snapshots anew from the ledger and compare them byte by byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("snapshot", nargs="?", help="its id, its etag, or an etag's beginning")
        parser.add_argument("--all", action="store_true", help="every one, in random order")
        parser.add_argument("--seed", type=int, default=0, help="of that order")
        parser.add_argument("--print", action="store_true", help="the rebuilt body as well")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"] == bool(options["snapshot"]):
            raise CommandError("Name one snapshot, or say --all.")
        if options["all"]:
            ids = snapshot_ids()
            random.Random(options["seed"]).shuffle(ids)
            shown = track(ids, "rebuilding", console=Console(stderr=True))
            results = (self._one(str(pk)) for pk in shown)
            unequal = [one.sentence for one in results if not one.equal]
            for sentence in unequal:
                self.stderr.write(sentence)
            counted = (
                f"{len(ids) - len(unequal)} of {len(ids)} snapshots are byte for byte the same."
            )
            if unequal:
                raise CommandError(counted)
            self.stdout.write(counted)
            return
        rebuilt = self._one(options["snapshot"])
        if options["print"]:
            self.stdout.write(rebuilt.body)
        if not rebuilt.equal:
            raise CommandError(rebuilt.sentence)
        self.stdout.write(rebuilt.sentence)

    def _one(self, name: str) -> ReproducedSnapshot:
        try:
            return reproduce_snapshot(snapshot=find_snapshot(name))
        except NotFound as error:
            raise CommandError(f"There is no snapshot {name}, or no ledger behind it.") from error
