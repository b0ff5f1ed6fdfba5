"""Exclusions and restorations: which votes were taken out of the counts or back in, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from arena.datasets.columns import hub_schema, table_of
from arena.datasets.records import PublicEntry

SUMMARY = (
    "The ledger's exclusions and restorations of votes, with their reasons; `source` and"
    " `vote_number` name the vote. With `votes` they are the whole ledger."
)
SOURCE = "ledger"
SPLITS = ("train",)


def schema() -> pa.Schema:
    """Return the columns, named as those of the votes."""
    return hub_schema(
        [
            *((name, pa.string()) for name in ("kind", "reason", "source")),
            ("vote_number", pa.int64()),
            *((name, pa.string()) for name in ("model_a", "model_b", "winner")),
            ("model_a_version", pa.int32()),
            ("model_b_version", pa.int32()),
            ("language", pa.string()),
            ("category", pa.string()),
            ("preset", pa.bool_()),
            ("day", pa.date32()),
            ("ledger_number", pa.int64()),
            ("ledger_format", pa.int8()),
            ("ledger_hash", pa.string()),
        ]
    )


def tables(page: Sequence[PublicEntry]) -> Mapping[str, pa.Table]:
    """Return the entries of a page that are no votes."""
    rows = (
        {
            "kind": one.kind,
            "reason": one.reason,
            "source": one.source,
            "vote_number": one.vote_number,
            "model_a": one.version_a.model,
            "model_b": one.version_b.model,
            "winner": one.winner,
            "model_a_version": one.version_a.number,
            "model_b_version": one.version_b.number,
            "language": one.labels.language,
            "category": one.labels.category,
            "preset": one.labels.preset,
            "day": one.day,
            "ledger_number": one.number,
            "ledger_format": one.format,
            "ledger_hash": one.hash,
        }
        for one in page
        if one.kind != "vote"
    )
    return {"train": table_of(rows, schema())}
