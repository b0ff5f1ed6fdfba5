"""The queries to the database at each reading: a dozen, each answered by an index.

No query scans votes, battles or the ledger; tests look at the plan of each query.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from prometheus_client.core import Metric

from arena.battles.selectors import reading
from arena.battles.states import OPEN_STATES
from arena.boards.selectors import active_boards, newest_by_board
from arena.catalog import selectors as catalog
from arena.ledger.selectors.audit import newest_recount
from arena.ledger.selectors.head import head
from arena.ledger.selectors.votes import backlog
from arena.metrics.series import age, gauge, gauges

MOST_VOTES = 100_000
"""The votes outside the ledger are counted up to this number, which takes some ten ms."""
_TIMEOUT = "SET LOCAL statement_timeout = '2s'"


def series() -> list[Metric]:
    """Raises django.db.Error where it is away."""
    with bounded_reading():
        return [*ledger_series(), *board_series(), *recount_series(), *battle_series()]


@contextmanager
def bounded_reading() -> Iterator[None]:
    """A reading that became slow must not stay behind in PostgreSQL. SQLite's readers wait for
    nobody, and a transaction would be a writer's there."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TIMEOUT)
        yield


def ledger_series() -> Iterator[Metric]:
    waiting = backlog(MOST_VOTES)
    says = f"Votes outside the ledger, counted up to {MOST_VOTES}."
    yield gauge("arena_votes_waiting", says, waiting.votes)
    says = "Age of the oldest vote outside the ledger; 0 where none waits."
    yield gauge("arena_votes_waiting_seconds", says, age(waiting.since))
    number = head().number
    yield gauge("arena_ledger_number", "The ledger's last number.", number)


def board_series() -> Iterator[Metric]:
    newest, number = newest_by_board(), head().number
    boards = {b.slug: newest[b.pk] for b in active_boards() if b.pk in newest}
    says = "Age of the board's newest snapshot."
    ages = {slug: age(snapshot.created_at) for slug, snapshot in boards.items()}
    yield gauges("arena_board_snapshot_age_seconds", says, ("board",), ages)
    says = "Ledger entries that are later than the board's newest snapshot."
    behind = {slug: number - snapshot.ledger_number for slug, snapshot in boards.items()}
    yield gauges("arena_board_entries_behind", says, ("board",), behind)


def recount_series() -> Iterator[Metric]:
    """Yield the series of the newest verification, and none before the first one."""
    newest = newest_recount()
    if newest is not None:
        says = "What the last recount of the ledger found wrong."
        yield gauge("arena_recount_findings", says, len(newest.findings))
        says = "Age of the last recount."
        yield gauge("arena_recount_age_seconds", says, age(newest.created_at))


def battle_series() -> Iterator[Metric]:
    says = "Answers that wait or run."
    counts = reading.live_counts()
    yield gauges("arena_generations_live", says, ("state", "queue"), counts)
    says = "Age of the oldest answer that nobody has begun; 0 where none waits."
    yield gauge("arena_generations_oldest_queued_seconds", says, age(reading.oldest_queued()))
    says = "Battles that nobody has finished."
    opened = {state.value: 0 for state in OPEN_STATES} | reading.open_counts()
    yield gauges("arena_battles_open", says, ("state",), opened)
    active = catalog.active_versions(unlisted=True)
    says = "Models that can be drawn for everybody, whether well or not."
    everybody = [version for version in active.values() if not version.card.unlisted]
    yield gauge("arena_models_drawable", says, len(everybody))
    says = "1 for a model that was taken out of the draw for its failures."
    out = {slug: float(version.is_out) for slug, version in active.items()}
    yield gauges("arena_model_out", says, ("model",), out)
