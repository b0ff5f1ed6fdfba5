"""Rows of an export's folder for tuning: read, checked, and split by battle.

A folder has `preference/`, `kto/` and `sft/` with Parquet files, as `manage.py export` writes them;
any folder of that form will do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from datasets import Dataset, Features, Image, List, Value, load_dataset

from inference_worker.training.battle_rows import fault_of, is_held_out, placeholders

Method = Literal["sft", "dpo", "kto"]
TABLES: Final[dict[Method, str]] = {"sft": "sft", "dpo": "preference", "kto": "kto"}
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "sft": ("images", "messages"),
    "preference": ("images", "prompt", "chosen", "rejected"),
    "kto": ("images", "prompt", "completion", "label"),
}
FEWEST_ROWS: Final = 20


class UnusableData(ValueError):
    """A folder that no model can be tuned on, with the sentence that says why."""


@dataclass(frozen=True, slots=True)
class BattleRows:
    """The rows of a table that can be used, and how many were left out for which reason."""

    train: Dataset
    held_out: Dataset
    left_out: Mapping[str, int]


def read_rows(folder: Path, table: str) -> BattleRows:
    """Return the rows of a table of the folder. Raises UnusableData."""
    files = sorted(str(file) for file in (folder / table).glob("*train*.parquet"))
    if not files:
        raise UnusableData(f"{folder} has no {table}/*train*.parquet, as an export has.")
    found = load_dataset("parquet", data_files={"train": files}, split="train")
    missing = [name for name in COLUMNS[table] if name not in found.column_names]
    if missing:
        raise UnusableData(f"{folder / table} lacks the columns {', '.join(missing)}.")
    found = found.cast_column("images", List(Image()))
    faults = [fault_of(row, table) for row in found.remove_columns("images").to_list()]
    pictures = found["images"]
    for index, row in enumerate(
        found.select_columns(["messages"] if table == "sft" else ["prompt"]).to_list()
    ):
        if not faults[index] and placeholders(row) != len(pictures[index]):
            faults[index] = "another number of pictures than places for them"
    kept = found.select([index for index, fault in enumerate(faults) if not fault])
    names = [name for name in ("battle_id",) if name in kept.column_names]
    keys = kept.select_columns(names).to_list() if names else [{} for _ in range(len(kept))]
    held = [is_held_out(str(row.get("battle_id") or index)) for index, row in enumerate(keys)]
    train = kept.select([index for index, out in enumerate(held) if not out])
    if len(train) < FEWEST_ROWS:
        raise UnusableData(
            f"{folder / table} has {len(train)} rows to train on, fewer than {FEWEST_ROWS}."
        )
    return BattleRows(
        train=train,
        held_out=kept.select([index for index, out in enumerate(held) if out]),
        left_out=Counter(fault for fault in faults if fault),
    )


def as_prompts(rows: Dataset, method: Method) -> Dataset:
    """Return the rows as TRL takes them: without columns of the arena's own, and supervised ones
    as prompt and completion, so that only the answer is learned whatever the template is."""
    if method != "sft":
        return rows.select_columns(list(COLUMNS[TABLES[method]]))
    return rows.map(
        lambda row: {"prompt": row["messages"][:-1], "completion": row["messages"][-1:]},
        features=Features(
            {
                "images": List(Image()),
                "prompt": _messages(),
                "completion": _messages(),
            }
        ),
        remove_columns=[name for name in rows.column_names if name != "images"],
    )


def _messages() -> Any:
    part = {"type": Value("string"), "text": Value("string")}
    return List({"role": Value("string"), "content": List(part)})
