"""Writing tables: Parquet in shards, and beside it CSV and JSON Lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from arena.datasets.columns import IMAGES, is_flat
from arena.datasets.formats import ExportFormat
from arena.datasets.services.state import SourceState
from arena.rating.cells import FORMULA

PARQUET, CSV, JSON_LINES = "parquet", "csv", "jsonl"
FORMS = (PARQUET, CSV, JSON_LINES)
IMAGE_FOLDER = "images"
_FORMULA = "^([" + "".join(f"\\x{ord(sign):02x}" for sign in FORMULA) + "])"


class SourceWriter:
    """The files of all tables that come from one reading of the database.

    Their shards end together, so that one number says where to go on.
    """

    def __init__(
        self,
        folder: Path,
        formats: Mapping[str, ExportFormat],
        forms: Iterable[str],
        state: SourceState,
    ) -> None:
        self.tables = {
            (name, split): TableWriter(folder, name, split, one.schema(), tuple(forms))
            for name, one in formats.items()
            for split in one.SPLITS
        }
        for (name, split), table in self.tables.items():
            table.rows = state.rows.get(f"{name}/{split}", 0)
        self._formats = formats
        self._shard = state.shard
        self.bytes = 0

    def write(self, page: list[Any]) -> None:
        """Write a page of entries or battles to each table."""
        for name, one in self._formats.items():
            for split, table in one.tables(page).items():
                self.bytes += table.nbytes
                self.tables[name, split].write(table, self._shard)

    def close_shard(self, *, last: bool) -> None:
        """End the shard; ``last`` leaves an empty file of each table that has no row at all."""
        for table in self.tables.values():
            table.close_shard(empty=last and not table.rows)
        self._shard += 1
        self.bytes = 0

    def close(self) -> None:
        """Close all files, whatever is in them: what was checked in is on the disk already."""
        for table in self.tables.values():
            table.close()

    @property
    def rows(self) -> dict[str, int]:
        """Return the number of rows that were written, by configuration and split."""
        return {f"{name}/{split}": one.rows for (name, split), one in self.tables.items()}

    def lengths(self) -> dict[str, int]:
        """Return the length of each file that was written to, by its path in the folder."""
        return {path: size for one in self.tables.values() for path, size in one.lengths().items()}


class TableWriter:
    """The files of one split of one configuration."""

    def __init__(
        self, folder: Path, name: str, split: str, schema: pa.Schema, forms: tuple[str, ...]
    ) -> None:
        self.rows = 0
        self.shards: list[str] = []
        self._folder, self._name, self._split, self._schema = folder, name, split, schema
        self._parquet: pq.ParquetWriter | None = None
        self._forms = forms
        text = [form for form in (CSV, JSON_LINES) if form in forms]
        text = text if is_flat(schema) else [form for form in text if form != CSV]
        self._texts = {form: (self._folder / f"{name}-{split}.{form}").open("ab") for form in text}

    def write(self, table: pa.Table, shard: int) -> None:
        """Append rows; a table without any leaves no trace."""
        if not table.num_rows:
            return
        self.rows += table.num_rows
        if PARQUET in self._forms:
            self._opened(shard).write_table(table)
        if out := self._texts.get(CSV):
            _write_csv(table, out)
        if out := self._texts.get(JSON_LINES):
            out.write(_json_lines(table, self._folder))

    def close_shard(self, *, empty: bool) -> None:
        """End the shard and see to it that all that was written is on the disk."""
        if empty and PARQUET in self._forms:
            self._opened(0)
        if empty and (out := self._texts.get(CSV)):
            _write_csv(self._schema.empty_table(), out)
        if self._parquet is not None:
            self._parquet.close()
            self._parquet = None
            with (self._folder / self.shards[-1]).open("rb") as file:
                os.fsync(file.fileno())
        for out in self._texts.values():
            out.flush()
            os.fsync(out.fileno())

    def close(self) -> None:
        """Close the open files."""
        if self._parquet is not None:
            self._parquet.close()
        for out in self._texts.values():
            out.close()

    def lengths(self) -> dict[str, int]:
        """Return the length of each file by its path in the folder."""
        texts = [str(Path(out.name).relative_to(self._folder)) for out in self._texts.values()]
        return {path: (self._folder / path).stat().st_size for path in [*self.shards, *texts]}

    def _opened(self, shard: int) -> pq.ParquetWriter:
        if self._parquet is None:
            path = f"{self._name}/{self._split}-{shard:05d}.parquet"
            (self._folder / self._name).mkdir(exist_ok=True)
            self.shards.append(path)
            self._parquet = pq.ParquetWriter(
                self._folder / path, self._schema, compression="zstd", store_schema=True
            )
        return self._parquet


def _write_csv(table: pa.Table, out: BinaryIO) -> None:
    """Append lines, with a header at the start of the file; no cell starts a formula."""
    columns = [
        pc.replace_substring_regex(column, _FORMULA, r"'\1")
        if pa.types.is_string(column.type)
        else column
        for column in table.columns
    ]
    safe = pa.table(columns, names=table.column_names)
    quoting = {"quoting_style": "needed", "quoting_header": "none"}
    options = pa.csv.WriteOptions(include_header=out.tell() == 0, **quoting)
    pa.csv.write_csv(safe, out, options)


def _json_lines(table: pa.Table, folder: Path) -> bytes:
    """Return a line for each row; pictures become files, of which the row says the paths."""
    paths: list[list[str]] | None = None
    if "images" in table.column_names and table.schema.field("images").type == IMAGES:
        # One row at a time: pictures are the one thing here that takes memory.
        cells = table.column("images")
        paths = []
        for images in (cell.as_py() for cell in cells):
            for image in images:
                path = folder / image["path"]
                if not path.is_file() or path.stat().st_size != len(image["bytes"]):
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(image["bytes"])
            paths.append([str(image["path"]) for image in images])
        table = table.drop_columns("images")
    columns = [column.to_pylist() for column in table.columns]
    names = table.column_names
    if paths is not None:
        names, columns = ["images", *names], [paths, *columns]
    row = _row_type(tuple(names))
    rows = [row(*values) for values in zip(*columns, strict=True)]
    return msgspec.json.Encoder().encode_lines(rows)


@cache
def _row_type(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return a struct with these fields, which is written in half of the time of a dict."""
    return msgspec.defstruct("Row", names, gc=False)
