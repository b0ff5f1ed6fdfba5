"""The counts, beside what the ledger's entries add up to one by one."""

from __future__ import annotations

from collections import Counter

from arena.ledger.models import Cell, LedgerEntry, PairCount
from arena.ledger.states import EntryKind

PAIR = ("version_a_id", "version_b_id", "outcome")
CELL = (*PAIR, "labels_id", "day")


def counted():
    """All votes that count."""
    return sum(PairCount.objects.values_list("votes", flat=True))


def difference():
    """Keys under which stored counts and a recount differ; empty where all is well."""
    return [
        key
        for model, columns in ((PairCount, PAIR), (Cell, CELL))
        for key, _ in _stored(model, columns).items() ^ _recounted(columns).items()
    ]


def _stored(model, columns):
    rows = model.objects.exclude(votes=0).values_list(*columns, "votes")
    return {row[:-1]: row[-1] for row in rows}


def _recounted(columns):
    votes = Counter()
    # Entries of 0.1.0 name no versions: those of the vote count.
    own = {"version_a_id": "vote__version_a_id", "version_b_id": "vote__version_b_id"}
    late = [own.get(name, name) for name in columns]
    entries = LedgerEntry.objects.filter(version_a__isnull=False).values_list("kind", *columns)
    early = LedgerEntry.objects.filter(version_a__isnull=True).values_list("kind", *late)
    for kind, *key in (*entries, *early):
        votes[tuple(key)] += -1 if kind == EntryKind.EXCLUSION else 1
    return {key: count for key, count in votes.items() if count}
