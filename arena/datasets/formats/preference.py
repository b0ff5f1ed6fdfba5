"""Pairs for preference tuning: the winner's answer beside the other one."""

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

SUMMARY = (
    "Decisive votes that count, as `prompt`, `chosen` and `rejected`. The prompt of a later turn"
    " holds the winner's own earlier answers."
)
SOURCE = "battles"
SPLITS = ("train",)


def schema() -> pa.Schema:
    """Return the columns of trainers for preferences, and where a row comes from."""
    return hub_schema(
        [
            ("images", IMAGES),
            ("prompt", PARTED_MESSAGES),
            ("chosen", PARTED_MESSAGES),
            ("rejected", PARTED_MESSAGES),
            *((name, pa.string()) for name in ("model_chosen", "model_rejected", "language")),
            ("battle_id", pa.string()),
            ("ledger_number", pa.int64()),
        ]
    )


def tables(page: Sequence[PublicBattle]) -> Mapping[str, pa.Table]:
    """Return a row for each battle that one side won."""
    rows = []
    for battle in page:
        if battle.winner_side is None or not battle.entry.counts:
            continue
        won = battle.winner_side
        lost = "b" if won == "a" else "a"
        rows.append(
            {
                "images": images_of(battle),
                "prompt": history(battle, won),
                "chosen": [reply(battle.turns[-1], won)],
                "rejected": [reply(battle.turns[-1], lost)],
                "model_chosen": battle.version(won).model,
                "model_rejected": battle.version(lost).model,
                "language": battle.entry.labels.language,
                "battle_id": battle.battle_id,
                "ledger_number": battle.entry.number,
            }
        )
    return {"train": table_of(rows, schema())}
