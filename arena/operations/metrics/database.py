"""What the database is asked at each reading: a dozen questions, each answered by an index.

No question goes through votes, battles or the ledger; tests look at the database's plan for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from prometheus_client.core import Metric

from arena.battles import selectors as battles
from arena.battles.selectors import OPEN_STATES
from arena.catalog import selectors as catalog
from arena.leaderboard import selectors as leaderboard
from arena.operations.metrics.series import age, gauge, gauges

MOST_VOTES = 100_000
"""So far the votes outside the ledger are counted: some ten milliseconds."""
_TIMEOUT = "SET LOCAL statement_timeout = '2s'"


def series() -> list[Metric]:
    """Raises django.db.Error where it is away."""
    with _bounded():
        return [*_ledger(), *_boards(), *_recounts(), *_battles()]


@contextmanager
def _bounded() -> Iterator[None]:
    """A reading that became slow must not stay behind in PostgreSQL. SQLite's readers wait for
    nobody, and a transaction would be a writer's there."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TIMEOUT)
        yield


def _ledger() -> Iterator[Metric]:
    waiting = leaderboard.backlog(MOST_VOTES)
    says = f"Votes outside the ledger, counted up to {MOST_VOTES}."
    yield gauge("arena_votes_waiting", says, waiting.votes)
    says = "Age of the oldest vote outside the ledger; 0 where none waits."
    yield gauge("arena_votes_waiting_seconds", says, age(waiting.since))
    number = leaderboard.head().number
    yield gauge("arena_ledger_number", "The ledger's last number.", number)


def _boards() -> Iterator[Metric]:
    newest, number = leaderboard.newest_by_board(), leaderboard.head().number
    boards = {b.slug: newest[b.pk] for b in leaderboard.active_boards() if b.pk in newest}
    says = "Age of the board's newest snapshot."
    ages = {slug: age(snapshot.created_at) for slug, snapshot in boards.items()}
    yield gauges("arena_board_snapshot_age_seconds", says, ("board",), ages)
    says = "Ledger entries that are later than the board's newest snapshot."
    behind = {slug: number - snapshot.ledger_number for slug, snapshot in boards.items()}
    yield gauges("arena_board_entries_behind", says, ("board",), behind)


def _recounts() -> Iterator[Metric]:
    """Nothing before the first one."""
    newest = leaderboard.newest_recount()
    if newest is not None:
        says = "What the last recount of the ledger found wrong."
        yield gauge("arena_recount_findings", says, len(newest.findings))
        says = "Age of the last recount."
        yield gauge("arena_recount_age_seconds", says, age(newest.created_at))


def _battles() -> Iterator[Metric]:
    says = "Answers that wait or run."
    counts = battles.live_counts()
    yield gauges("arena_generations_live", says, ("state", "queue"), counts)
    says = "Age of the oldest answer that nobody has begun; 0 where none waits."
    yield gauge("arena_generations_oldest_queued_seconds", says, age(battles.oldest_queued()))
    says = "Battles that nobody has finished."
    opened = {state.value: 0 for state in OPEN_STATES} | battles.open_counts()
    yield gauges("arena_battles_open", says, ("state",), opened)
    active = catalog.active_versions()
    says = "Models that can be drawn, whether well or not."
    yield gauge("arena_models_drawable", says, len(active))
    says = "1 for a model that was taken out of the draw for its failures."
    out = {slug: float(version.is_out) for slug, version in active.items()}
    yield gauges("arena_model_out", says, ("model",), out)
