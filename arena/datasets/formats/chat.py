"""Conversations with one model each, turn by turn, as tools for throughput read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from arena.datasets.columns import IMAGES, MESSAGE, hub_schema, images_of, table_of
from arena.datasets.records import PublicBattle
from inference_worker.wire.messages import SIDES

SUMMARY = (
    "Each side's conversation by itself: `conversation` is a list of turns, each a question and"
    " an answer."
)
SOURCE = "battles"
SPLITS = ("train",)


def schema() -> pa.Schema:
    """Return the columns of public conversations with pictures."""
    return hub_schema(
        [
            ("conversation_id", pa.string()),
            ("model", pa.string()),
            ("num_turns", pa.int32()),
            ("conversation", pa.list_(pa.list_(MESSAGE))),
            ("language", pa.string()),
            ("images", IMAGES),
            ("ledger_number", pa.int64()),
        ]
    )


def tables(page: Sequence[PublicBattle]) -> Mapping[str, pa.Table]:
    """Return two rows for each battle."""
    rows = [
        {
            "conversation_id": f"{battle.battle_id}_{side}",
            "model": battle.version(side).model,
            "num_turns": len(battle.turns),
            "conversation": [
                [
                    {"role": "user", "content": turn.prompt},
                    {"role": "assistant", "content": turn.answers[side].text},
                ]
                for turn in battle.turns
            ],
            "language": battle.entry.labels.language,
            "images": images_of(battle),
            "ledger_number": battle.entry.number,
        }
        for battle in page
        for side in SIDES
    ]
    return {"train": table_of(rows, schema())}
