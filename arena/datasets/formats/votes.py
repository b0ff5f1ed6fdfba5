"""Every vote without content: those that count and, in another split, the excluded ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from arena.datasets.columns import hub_schema
from arena.datasets.records import SAID, STYLES, PublicEntry

SUMMARY = (
    "Every vote, without pictures and text: who met in which version, how it ended, with which"
    " probability pair and picture were drawn, labels, day and style. `excluded` holds the votes"
    " that do not count."
)
SOURCE = "ledger"
SPLITS = ("train", "excluded")


def schema() -> pa.Schema:
    """Return the columns; the first ones are those of public vote files."""
    return hub_schema(
        [
            *((name, pa.string()) for name in ("model_a", "model_b", "winner")),
            ("tstamp", pa.float64()),
            *((name, pa.string()) for name in ("judge", "language", "category")),
            ("preset", pa.bool_()),
            ("day", pa.date32()),
            ("model_a_version", pa.int32()),
            ("model_b_version", pa.int32()),
            ("model_a_revision", pa.string()),
            ("model_b_revision", pa.string()),
            ("policy", pa.string()),
            ("propensity", pa.float64()),
            ("picture_probability", pa.float64()),
            ("picture_candidates", pa.int32()),
            ("num_turns", pa.int32()),
            ("votes_today", pa.int32()),
            ("voter_days", pa.int32()),
            ("account_days", pa.int32()),
            ("source", pa.string()),
            ("vote_number", pa.int64()),
            ("ledger_number", pa.int64()),
            ("ledger_format", pa.int8()),
            ("ledger_hash", pa.string()),
            *((name, pa.int32()) for name in STYLES),
            *((name, pa.string()) for name in SAID),
            ("gates_failed", pa.string()),
            ("gates_unknown", pa.string()),
        ]
    )


def tables(page: Sequence[PublicEntry]) -> Mapping[str, pa.Table]:
    """Return the votes of a page, by whether they count."""
    votes = [one for one in page if one.kind == "vote"]
    return {
        "train": _table([one for one in votes if one.counts]),
        "excluded": _table([one for one in votes if not one.counts]),
    }


def _table(votes: Sequence[PublicEntry]) -> pa.Table:
    """Return the votes column by column, since there are millions of them."""
    versions = [(one.version_a, one.version_b) for one in votes]
    columns = {
        "model_a": [a.model for a, _ in versions],
        "model_b": [b.model for _, b in versions],
        "winner": [one.winner for one in votes],
        "tstamp": [one.tstamp for one in votes],
        "judge": [one.judge for one in votes],
        "language": [one.labels.language for one in votes],
        "category": [one.labels.category for one in votes],
        "preset": [one.labels.preset for one in votes],
        "day": [one.day for one in votes],
        "model_a_version": [a.number for a, _ in versions],
        "model_b_version": [b.number for _, b in versions],
        "model_a_revision": [a.revision for a, _ in versions],
        "model_b_revision": [b.revision for _, b in versions],
        "policy": [one.policy for one in votes],
        "propensity": [one.propensity for one in votes],
        "picture_probability": [one.picture[0] for one in votes],
        "picture_candidates": [one.picture[1] for one in votes],
        "num_turns": [one.turns for one in votes],
        "votes_today": [one.votes_today for one in votes],
        "voter_days": [one.voter_days for one in votes],
        "account_days": [one.account_days for one in votes],
        "source": [one.source for one in votes],
        "vote_number": [one.vote_number for one in votes],
        "ledger_number": [one.number for one in votes],
        "ledger_format": [one.format for one in votes],
        "ledger_hash": [one.hash for one in votes],
        **{name: [one.style[i] for one in votes] for i, name in enumerate(STYLES)},
        **{name: [one.said[i] for one in votes] for i, name in enumerate(SAID)},
        "gates_failed": [one.gates.failed for one in votes],
        "gates_unknown": [one.gates.unknown for one in votes],
    }
    return pa.table(columns, schema=schema())
