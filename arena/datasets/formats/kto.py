"""Single answers with a yes or no, for tuning without pairs."""

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
from inference_worker.wire.messages import SIDES

SUMMARY = (
    "Both answers of each vote that counts, as `prompt`, `completion` and `label`: true for the"
    " winner and for both of a tie, false for the loser and where both were bad."
)
SOURCE = "battles"
SPLITS = ("train",)


def schema() -> pa.Schema:
    """Return the columns of trainers for single answers, and where a row comes from."""
    return hub_schema(
        [
            ("images", IMAGES),
            ("prompt", PARTED_MESSAGES),
            ("completion", PARTED_MESSAGES),
            ("label", pa.bool_()),
            ("model", pa.string()),
            ("language", pa.string()),
            ("battle_id", pa.string()),
            ("ledger_number", pa.int64()),
        ]
    )


def tables(page: Sequence[PublicBattle]) -> Mapping[str, pa.Table]:
    """Return two rows for each battle."""
    rows = [
        {
            "images": images_of(battle),
            "prompt": history(battle, side),
            "completion": [reply(battle.turns[-1], side)],
            "label": side == battle.winner_side or battle.entry.winner == "tie",
            "model": battle.version(side).model,
            "language": battle.entry.labels.language,
            "battle_id": battle.battle_id,
            "ledger_number": battle.entry.number,
        }
        for battle in page
        if battle.entry.counts
        for side in SIDES
    ]
    return {"train": table_of(rows, schema())}
