"""The tables of an exported folder, as Parquet where pyarrow is there, else as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from arena.rating.cells import plain_cell
from arena.rating.vote_tables import UnusableFile

MANIFEST = "export.json"
POINTER = "latest.json"
"""Beside published exports, the file that names the newest one."""
_BATCH = 20_000


def whole_export(folder: Path) -> Path:
    """Return the folder of the export: the folder itself, or of a folder of publications the newest
    one. Raises UnusableFile for a pointer that names none.
    """
    if (folder / MANIFEST).exists() or not (folder / POINTER).is_file():
        return folder
    try:
        name = json.loads((folder / POINTER).read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UnusableFile(f"{folder / POINTER} names no export.") from error
    if not isinstance(name, str) or Path(name).name != name or name in ("", ".", ".."):
        raise UnusableFile(f"{folder / POINTER} names no export.")
    return folder / name


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what the export says of itself. Raises UnusableFile for a folder that is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableFile(f"{folder} is no finished export: it has no {MANIFEST}.") from error
    except ValueError as error:
        raise UnusableFile(f"{folder / MANIFEST} is no JSON: {error}.") from error
    if not isinstance(manifest, dict) or "ledger" not in manifest:
        raise UnusableFile(f"{folder / MANIFEST} says nothing of a ledger.")
    return manifest


def read_rows(
    folder: Path, config: str, split: str, columns: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of these columns row by row; text from CSV, typed values from Parquet.

    Raises UnusableFile where neither form of the table can be read.
    """
    shards = sorted((folder / config).glob(f"{split}-*.parquet"))
    sheet = folder / f"{config}-{split}.csv"
    parquet: Any = None
    if shards:
        with suppress(ImportError):
            parquet = import_module("pyarrow.parquet")
    if parquet is not None:
        for shard in shards:
            yield from _of_parquet(parquet, shard, columns)
    elif sheet.is_file():
        with sheet.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines)
            titles: Mapping[str, int] = {title: i for i, title in enumerate(next(rows, []))}
            if missing := set(columns) - titles.keys():
                raise UnusableFile(f"{sheet} has no column {', '.join(sorted(missing))}.")
            places = [titles[name] for name in columns]
            for number, row in enumerate(rows, start=2):
                if len(row) != len(titles):
                    raise UnusableFile(f"{sheet} has {len(row)} fields in line {number}.")
                yield tuple(plain_cell(row[place]) for place in places)
    else:
        hint = "; `pip install pyarrow` reads its Parquet" if shards else ""
        raise UnusableFile(f"{folder} has no {sheet.name}{hint}.")


def _of_parquet(parquet: Any, path: Path, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    try:
        with parquet.ParquetFile(path) as file:
            if missing := set(columns) - set(file.schema_arrow.names):
                raise UnusableFile(f"{path} has no column {', '.join(sorted(missing))}.")
            for batch in file.iter_batches(batch_size=_BATCH, columns=list(columns)):
                lists = [batch.column(name).to_pylist() for name in columns]
                yield from zip(*lists, strict=True)
    except (OSError, ValueError) as error:
        if isinstance(error, UnusableFile):
            raise
        raise UnusableFile(f"{path} cannot be read: {error}.") from error
