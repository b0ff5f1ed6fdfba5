"""Conversations of winners, for supervised tuning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from arena.datasets.columns import (
    IMAGES,
    PARTED_MESSAGES,
    history,
    hub_schema,
    images_of,
    reply,
    table_of,
)
from arena.datasets.records import PublicBattle

SUMMARY = "The winner's whole conversation of each decisive vote that counts, as `messages`."
SOURCE = "battles"
SPLITS = ("train",)


def schema() -> pa.Schema:
    """Return the columns of trainers for conversations, and where a row comes from."""
    return hub_schema(
        [
            ("images", IMAGES),
            ("messages", PARTED_MESSAGES),
            ("model", pa.string()),
            ("language", pa.string()),
            ("battle_id", pa.string()),
            ("ledger_number", pa.int64()),
        ]
    )


def tables(page: Sequence[PublicBattle]) -> Mapping[str, pa.Table]:
    """Return a row for each battle that one side won."""
    rows = [
        {
            "images": images_of(battle),
            "messages": [*history(battle, won), reply(battle.turns[-1], won)],
            "model": battle.version(won).model,
            "language": battle.entry.labels.language,
            "battle_id": battle.battle_id,
            "ledger_number": battle.entry.number,
        }
        for battle in page
        if battle.entry.counts and (won := battle.winner_side) is not None
    ]
    return {"train": table_of(rows, schema())}
