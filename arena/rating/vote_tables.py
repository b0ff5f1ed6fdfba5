"""Rows of a vote file: CSV and its kin, JSON, JSON lines or Parquet, also inside gzip.

The form is told by the first bytes, not by the file's name. Whatever the form, the first row holds
the titles and every cell is text.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from itertools import chain
from typing import Any, BinaryIO, Protocol, cast

from arena.rating.records import RecordReader

SEPARATORS = ",;\t|"
_PEEK = 1 << 16
_BATCH = 1 << 14
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: save it as CSV",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it first",
    b"BZh": "compressed by bzip2: unpack it first",
    b"\xfd7zXZ": "compressed by xz: unpack it first",
    b"ARROW1": "an Arrow file: save it as Parquet",
    b"SQLite": "a database: save its votes as CSV",
}
_LISTS = ("data", "rows", "votes", "battles")
_NO_PARQUET = (
    "is a Parquet file, which pyarrow reads: `pip install pyarrow`, or save its columns as CSV"
)


class UnusableFile(ValueError):
    """The file cannot be rated; the message is a sentence for the reader."""


class TableRows(Protocol):
    """Rows of text, the titles first; single use.

    After each row `line` is where it stands, counted in `unit`, and `unclosed` says that the file
    ended within one of its quotes; `reread` goes back to its second line where that can help.
    """

    unit: str
    line: int
    unclosed: bool

    def __iter__(self) -> Iterator[list[str]]:
        """Return the rows once."""
        ...

    def reread(self) -> bool:
        """Return whether all but the row's first line is read again."""
        ...


class ObjectRows:
    """Rows of objects that have the titles as keys; what is no object has one cell alone."""

    unit = "row"
    unclosed = False

    def __init__(self, titles: list[str], rows: Iterable[Any]) -> None:
        self._titles, self._rows = titles, rows
        self.line = 0

    def __iter__(self) -> Iterator[list[str]]:
        """Return the titles, then the cells of each object in their order."""
        yield self._titles
        for row in self._rows:
            self.line += 1
            if isinstance(row, Mapping):
                yield [_cell(row.get(title)) for title in self._titles]
            else:
                yield [_cell(row)]

    def reread(self) -> bool:
        """Return False: an object ends where it ends."""
        return False


def table(stream: BinaryIO, name: str, wanted: Collection[str]) -> TableRows:
    """Return the rows of the open vote file called `name`.

    `wanted` are the titles, as `titled` spells them, that are kept of objects, and by which the
    separator of a text is found. Raises UnusableFile for what is no table.
    """
    stream = stream if stream.seekable() else io.BytesIO(stream.read())
    start = stream.read(_PEEK)
    stream.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return table(cast("BinaryIO", gzip.GzipFile(fileobj=stream)), name, wanted)
    for mark, form in _FOREIGN.items():
        if start.startswith(mark):
            raise UnusableFile(f"{name} is {form}.")
    if start.startswith(b"PAR1"):
        return read_parquet(stream, name, wanted)
    encoding, errors = guess_encoding(start)
    text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
    opening = codecs.getincrementaldecoder(encoding)("replace").decode(start)
    if opening.lstrip()[:1] in ("{", "["):
        return read_objects(text, name, wanted)
    return RecordReader(text, guess_separator(opening, wanted))


def titled(title: str) -> str:
    """Return the title of a column in small letters, without margins, spaces as `_`."""
    return title.strip().lower().replace(" ", "_")


def guess_encoding(start: bytes) -> tuple[str, str]:
    """UTF-16 says so in its first bytes; bytes that are no UTF-8 cost their row, not the file."""
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16", "strict"
    return "utf-8-sig", "surrogateescape"


def guess_separator(opening: str, wanted: Collection[str]) -> str:
    """The one that finds most known titles in the first line; `sep=;` above it decides, too."""
    lines = [line for line in opening.splitlines() if line.strip()]
    head = lines[0] if lines else ""
    if head.lower().startswith("sep=") and len(head.strip()) <= len("sep=;"):
        return head[4:5] or ","

    def known(separator: str) -> int:
        titles = next(csv.reader([head], delimiter=separator), [])
        return len(set(map(titled, titles)).intersection(wanted))

    return max(SEPARATORS, key=known)


def read_objects(text: io.TextIOWrapper, name: str, wanted: Collection[str]) -> TableRows:
    """Return the objects of a file with one on each line, or with one document."""
    first = text.readline()
    try:
        document = json.loads(first)
    except (ValueError, RecursionError):
        try:
            document = json.loads(first + text.read())
        except (ValueError, RecursionError) as error:
            raise UnusableFile(f"{name} begins like JSON and is none: {error}.") from error
        return _kept(_rows_of(document, name, wanted), wanted)
    lines = filter(str.strip, text)
    if isinstance(document, dict) and (second := next(lines, "")):
        return _kept(chain([document, _loaded(second)], map(_loaded, lines)), wanted)
    return _kept(_rows_of(document, name, wanted), wanted)


def _loaded(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


def _rows_of(document: Any, name: str, wanted: Collection[str]) -> Iterable[Any]:
    """A list of objects, alone or under a usual key; else columns: lists, or objects by row."""
    if isinstance(document, list):
        return document
    listed = next((document[key] for key in _LISTS if isinstance(document.get(key), list)), None)
    if listed is not None and isinstance(document.get("columns"), list):
        return [dict(zip(document["columns"], row, strict=False)) for row in listed]
    if listed is not None:
        return [row["row"] if isinstance(row, dict) and "row" in row else row for row in listed]
    columns = {key: column for key, column in document.items() if titled(key) in wanted}
    if not any(isinstance(column, dict | list) for column in columns.values()):
        return [document]
    cells = [list(c.values()) if isinstance(c, dict) else c for c in columns.values()]
    if not all(isinstance(c, list) and len(c) == len(cells[0]) for c in cells):
        raise UnusableFile(f"{name} has columns of different lengths.")
    return (dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True))


def _kept(rows: Iterable[Any], wanted: Collection[str]) -> ObjectRows:
    """The wanted keys of each object alone: conversations take hundreds of times their room."""
    kept = [
        {titled(key): value for key, value in row.items() if titled(key) in wanted}
        if isinstance(row, dict)
        else row
        for row in rows
    ]
    titles = dict.fromkeys(key for row in kept if isinstance(row, dict) for key in row)
    return ObjectRows(list(titles), kept)


def read_parquet(stream: BinaryIO, name: str, wanted: Collection[str]) -> TableRows:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise UnusableFile(f"{name} {_NO_PARQUET}.") from error
    try:
        file = parquet.ParquetFile(stream)
    except (ValueError, OSError) as error:
        raise UnusableFile(f"{name} cannot be read: {error}.") from error
    columns = {titled(key): key for key in file.schema_arrow.names if titled(key) in wanted}
    return ObjectRows(list(columns), _whole(parquet_rows(file, columns), name))


def _whole(rows: Iterator[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    """Pages are unpacked as they are read, so a torn one is met only then."""
    try:
        yield from rows
    except (ValueError, OSError) as error:
        raise UnusableFile(f"{name} cannot be read: {error}.") from error


def parquet_rows(file: Any, columns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Nested columns stay empty: none of those that a vote needs is nested."""
    types = import_module("pyarrow.types")
    schema = file.schema_arrow
    flat = {t: key for t, key in columns.items() if not types.is_nested(schema.field(key).type)}
    for batch in file.iter_batches(batch_size=_BATCH, columns=list(flat.values())):
        cells = [batch.column(key) for key in flat.values()]
        # Times as text: nanoseconds fit into no time of Python's.
        texts = [one.cast("string") if types.is_timestamp(one.type) else one for one in cells]
        lists = [one.to_pylist() for one in texts]
        for row in zip(*lists, strict=True):
            yield dict(zip(flat, row, strict=True))


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else str(value)
