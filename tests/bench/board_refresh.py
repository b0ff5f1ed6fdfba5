"""From a vote to a new snapshot on a large ledger, in PostgreSQL, through the product's own tables.

    python -m tests.bench.board_refresh [--entries 10000000] [--models 100] [--rounds 300]

Nine entries in ten are those of imported votes, appended by the service that imports them; the
others and every vote that is timed are this arena's own, folded as always. Each round stores a vote
and refreshes, as the task does that the bell rings; the bell's tenth of a second and the queue come
on top. Then the same once more while the boards that need single votes or lean on others are
refitted without a pause: in a thread of this process, in another process, and in one that gives
way. The plans of all statements of a refresh are looked through for one that reads votes or ledger
from end to end.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.figures import Figure, bar, conclude, quantile
from tests.site import arena_on, open_site

TARGET = 2.0
DAYS, PIECE = 365, 200_000
SOURCE = "bench"
NICE = 6
"""The weight that a quarter of the usual shares has, as in the compose file."""
NEVER_SCANNED = ("battles_vote", "leaderboard_ledgerentry")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--refit-on", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.refit_on:
        return refit_for_ever(options.refit_on)
    with arena_on("postgresql") as url:
        figures = measure(url, options)
        title = f"Vote to snapshot, {options.entries:,} ledger entries, {options.models} models"
        return conclude(title, figures)


def measure(url: str, options: argparse.Namespace) -> list[Figure]:
    from arena.boards.services.defaults import fill_boards
    from arena.boards.services.updating import update_live_boards

    # Nobody has a page open here, and no Redis runs to tell them.
    logging.getLogger("arena.boards.dispatch").setLevel(logging.ERROR)
    versions = fill(options.models, options.entries, options.seed)
    fill_boards()
    start = time.perf_counter()
    update_live_boards()
    cold = Figure("first refresh of a process (boards read totals and cells)", seconds_since(start))
    alone = rounds(versions, options.rounds, "votes", options.seed)
    scans = scanned(versions)
    beside, refitted = [], []
    for where in ("a thread", "a process", "a process that gives way"):
        with Refitting(url, where) as other:
            taken = rounds(versions, options.rounds // 3, f"beside {where}", options.seed + 1)
        beside.append(timing(f"the same beside {where} that refits", taken))
        refitted += refits(other, where)
    return [
        cold,
        timing("vote to snapshot", alone),
        *beside,
        Figure(
            "scans of votes or ledger in a refresh", ", ".join(scans) or "none", "none", not scans
        ),
        *refitted,
        *sizes(),
    ]


def fill(models: int, entries: int, seed: int) -> list[Any]:
    """Votes of the last year on pairs of these models; returns the models' versions."""
    from arena.catalog.models import ModelVersion
    from arena.ledger.services.folding import fold
    from arena.ledger.services.imports import append_imported
    from arena.simulation.services import _label_sets
    from tests import backlog

    own = entries // 10
    backlog.fill(models=models, votes=own, days=30, seed=seed)
    fold()
    versions = list(ModelVersion.objects.order_by("card__slug"))
    cards, rng, sets = [one.card_id for one in versions], np.random.default_rng(seed), _label_sets()
    with bar("filling, in pieces", -(-(entries - own) // PIECE)) as progress:
        for first in range(0, entries - own, PIECE):
            size = min(PIECE, entries - own - first)
            votes = imported(rng, first, size, entries, cards, sets)
            append_imported(source=SOURCE, votes=votes)
            progress.tick()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return versions


def imported(
    rng: Any, first: int, size: int, entries: int, cards: list[int], sets: tuple[list[int], Any]
) -> Iterator[Any]:
    """Outcomes of known strengths, days in order, label sets as often as they are."""
    from arena.ledger.services.imports import ImportedVote

    strength = np.linspace(1.5, -1.5, len(cards))
    a = rng.integers(0, len(cards), size)
    b = (a + rng.integers(1, len(cards), size)) % len(cards)
    won = rng.random(size) < 1.0 / (1.0 + np.exp(strength[b] - strength[a]))
    outcome = np.where(rng.random(size) < 0.3, rng.integers(2, 4, size), 1 - won)
    which = rng.choice(len(sets[0]), size, p=sets[1])
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=DAYS - 1 - day) for day in range(DAYS)]
    rows = zip(a.tolist(), b.tolist(), outcome.tolist(), which.tolist(), strict=True)
    for key, (one, other, result, place) in enumerate(rows, start=first):
        day = days[key * DAYS // entries]
        yield ImportedVote(key, cards[one], cards[other], result, day, sets[0][place])


def rounds(versions: list[Any], times: int, title: str, seed: int) -> list[float]:
    """Seconds from the moment at which a vote is stored to its snapshot."""
    from arena.boards.selectors import OVERALL, latest
    from arena.boards.services.updating import update_live_boards
    from arena.ledger.selectors.head import head
    from tests.factories import make_vote

    rng, taken = np.random.default_rng(seed), []
    with bar(title, times) as progress:
        for _ in range(times):
            one, other = rng.choice(len(versions), 2, replace=False)
            make_vote(versions[one], versions[other])
            start = time.perf_counter()
            update_live_boards()
            taken.append(time.perf_counter() - start)
            newest = latest(OVERALL)
            assert newest is not None
            assert newest.ledger_number == head().number
            progress.tick()
    return taken


def scanned(versions: list[Any]) -> list[str]:
    """Tables that a statement of a refresh reads from end to end, of those that none may."""
    from arena.boards.services.updating import update_live_boards
    from tests.factories import make_vote

    make_vote(versions[0], versions[1])
    connection.force_debug_cursor = True
    with CaptureQueriesContext(connection) as queries:
        update_live_boards()
    statements = [one["sql"] for one in queries if any(n in one["sql"] for n in NEVER_SCANNED)]
    found = []
    with connection.cursor() as cursor:
        for statement in statements:
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "\n")):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
                found += sequential(cursor.fetchone()[0])
    assert statements, "nothing was looked at"
    return sorted({table for table in found if table in NEVER_SCANNED})


def sequential(plan: Any) -> list[str]:
    """The tables that a plan reads from end to end."""
    match plan:
        case list():
            return [table for part in plan for table in sequential(part)]
        case {"Node Type": "Seq Scan", "Relation Name": table}:
            return [table]
        case dict():
            return [table for part in plan.values() for table in sequential(part)]
    return []


class Refitting:
    """What refits the slow boards again and again."""

    def __init__(self, url: str, where: str) -> None:
        self.taken: dict[str, list[float]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._refit) if where == "a thread" else None
        nice = ("nice", "-n", str(NICE)) if "gives way" in where else ()
        argv = (*nice, sys.executable, "-m", "tests.bench.board_refresh", "--refit-on", url)
        if self._thread is None:
            self._program = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Refitting:
        if self._thread is not None:
            self._thread.start()
            return self
        assert self._program.stdout is not None
        self._program.stdout.readline()  # it has begun
        return self

    def __exit__(self, *error: object) -> None:
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            return
        self._program.terminate()
        out, _ = self._program.communicate(timeout=60)
        for line in out.splitlines():
            slug, seconds = json.loads(line)
            self.taken.setdefault(slug, []).append(seconds)

    def _refit(self) -> None:
        for slug, seconds in refits_for_ever():
            self.taken.setdefault(slug, []).append(seconds)
            if self._stop.is_set():
                connection.close()
                return


def refit_for_ever(url: str) -> int:
    """One line of JSON for each board that was refitted: slug and seconds."""
    open_site(url, Path(os.environ["ARENA_DATA_DIR"]))
    print("begun", flush=True)
    for found in refits_for_ever():
        print(json.dumps(found), flush=True)
    return 0


def refits_for_ever() -> Iterator[tuple[str, float]]:
    from arena.boards.selectors import active_boards
    from arena.boards.services.recipes import BoardRecipe
    from arena.boards.services.snapshots import recompute

    while True:
        today = datetime.now(UTC).date()
        for board in active_boards():
            if BoardRecipe.of_board(board, today).in_background:
                start = time.perf_counter()
                recompute(board=board, patient=False)
                yield board.slug, time.perf_counter() - start


def refits(other: Refitting, where: str) -> list[Figure]:
    return [
        Figure(
            f"refit of {slug} in {where}, {len(taken)} times",
            f"median {quantile(taken, 0.5):.2f} s",
        )
        for slug, taken in sorted(other.taken.items())
    ]


def timing(name: str, taken: list[float]) -> Figure:
    p99 = quantile(taken, 0.99)
    value = f"median {quantile(taken, 0.5):.3f} s, p99 {p99:.3f} s, most {max(taken):.3f} s"
    return Figure(f"{name}, {len(taken)} times", value, f"p99 < {TARGET:.0f} s", p99 < TARGET)


def seconds_since(start: float) -> str:
    return f"{time.perf_counter() - start:.2f} s"


def sizes() -> list[Figure]:
    """How much of the disk the tables take, and a snapshot's text."""
    tables = ("leaderboard_ledgerentry", "ledger_cell", "ledger_paircount")
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
            found.append(
                Figure(f"{table} with its indexes", f"{cursor.fetchone()[0] / 1e6:,.0f} MB")
            )
        cursor.execute("SELECT avg(octet_length(body)), count(*) FROM leaderboard_snapshot")
        size, count = cursor.fetchone()
    return [*found, Figure("text of a snapshot", f"{float(size) / 1e3:.1f} kB, {count} of them")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
