"""Exports that begin where an earlier one ended, and what was withdrawn since.

Each of them lists the battles of all exports before it. So the last one of a chain is enough to
tell what was withdrawn from any of them, and what none of them has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import fs

from arena.datasets.selectors.battles import publishable
from arena.datasets.selectors.pictures import region_marks
from arena.datasets.services.state import ExportRefused
from arena.rating.verify.tables import read_manifest
from arena.rating.vote_tables import UnusableFile

TOMBSTONES, EARLIER = "tombstones.jsonl", "earlier_battles.parquet"
BLURRED = "blurred_battles.json"
"""A mark of the regions that were blurred by hand, by the ledger number of each such battle."""
PIECE = 5_000
_KNOWN_SINCE = b"known_since"
Numbers = NDArray[np.int64]
"""Ledger numbers, ascending: eight bytes for each battle of a chain are in memory."""


@dataclass(frozen=True, slots=True)
class EarlierExport:
    """A finished export, in a folder or in a store, that another one follows."""

    files: fs.FileSystem
    """With the folder of the export as its root."""
    number: int
    """The last ledger entry that it holds."""
    since: int = 0
    """The ledger entry behind which it begins, 0 for a whole one."""

    def battles(self) -> Numbers:
        """Return the ledger numbers of its own battles."""
        found = self.files.get_file_info(fs.FileSelector("battles", allow_not_found=True))
        paths = sorted(one.path for one in found if one.path.endswith(".parquet"))
        return _united(piece for path in paths for piece in self._numbers(path))

    def tombstones(self) -> Numbers:
        """Return the ledger numbers of battles that it lists as withdrawn."""
        if not self._has(TOMBSTONES):
            return _united(())
        with self.files.open_input_stream(TOMBSTONES) as file:
            lines = list(map(json.loads, file.read().splitlines()))
        gone = [line["ledger_number"] for line in lines if not line.get("changed")]
        return _united([np.array(gone, np.int64)])

    def chain(self) -> Numbers:
        """Return the ledger numbers of the battles of this export and of those before it."""
        listed = self._numbers(EARLIER) if self._has(EARLIER) else ()
        return _united([*listed, self.tombstones(), self.battles()])

    def withdrawn(self, upto: int) -> Numbers:
        """Return the ledger numbers of its own battles that may not be published any more."""
        return not_publishable(self.battles(), upto)

    def changed(self, upto: int) -> list[int]:
        """Return the ledger numbers of battles of the chain of which less is published now, since
        regions of a picture were blurred by hand."""
        return self.unlike(region_marks(upto))

    def unlike(self, marks: Mapping[int, str]) -> list[int]:
        """Return the ledger numbers of battles of the chain that have one of these marks of their
        blurred regions and had another one, or none, in this export."""
        before = self.blurred()
        found = {number for number, mark in marks.items() if before.get(number) != mark}
        return [number for number in self.chain().tolist() if number in found] if found else []

    def blurred(self) -> dict[int, str]:
        """Return the marks of the regions that were blurred by hand when its pictures were read."""
        if not self._has(BLURRED):
            return {}
        with self.files.open_input_stream(BLURRED) as file:
            return {int(number): mark for number, mark in json.loads(file.read()).items()}

    def lacking(self) -> list[int]:
        """Return what may be published up to its end and is in no export of the chain, was changed
        since, or was withdrawn: its voter agreed later, or again, or moderation cleared it later.
        """
        there = np.setdiff1d(self.chain(), [*self.tombstones(), *self.changed(self.number)])
        rows = publishable(self.known_since(), self.number).values_list("number", flat=True)
        found = np.fromiter(rows.order_by("number").iterator(chunk_size=PIECE), np.int64)
        return [int(number) for number in np.setdiff1d(found, there, assume_unique=True)]

    def known_since(self) -> int:
        """Return the ledger number behind which the chain's battles are known.

        It is above 0 where a link was made before exports listed the battles of earlier ones: such
        a link says of these only what was withdrawn.
        """
        if not self._has(EARLIER):
            return self.since
        with self.files.open_input_file(EARLIER) as file, pq.ParquetFile(file) as table:
            return int(table.schema_arrow.metadata[_KNOWN_SINCE])

    def _numbers(self, path: str) -> Iterator[Numbers]:
        with self.files.open_input_file(path) as file, pq.ParquetFile(file) as table:
            for batch in table.iter_batches(batch_size=PIECE, columns=["ledger_number"]):
                yield batch.column(0).to_numpy()

    def _has(self, path: str) -> bool:
        return bool(self.files.get_file_info(path).type == fs.FileType.File)


def _united(pieces: Iterable[Numbers]) -> Numbers:
    return np.unique(np.concatenate([np.array([], np.int64), *pieces]))


def not_publishable(numbers: Sequence[int] | Numbers, upto: int) -> Numbers:
    """Return those of some ledger numbers whose battle may not be published."""
    found = []
    for begin in range(0, len(numbers), PIECE):
        piece = numbers[begin : begin + PIECE]
        still = publishable(0, upto).filter(number__in=[int(number) for number in piece])
        found.append(np.setdiff1d(piece, list(still.values_list("number", flat=True))))
    return _united(found)


def export_at(folder: Path, number: int, since: int = 0) -> EarlierExport:
    """Return the export in a folder, finished or not, that ends at a ledger entry."""
    files = fs.SubTreeFileSystem(str(folder), fs.LocalFileSystem())
    return EarlierExport(files, number, since)


def is_outdated(folder: Path, upto: int) -> bool:
    """Return whether what was written of an export holds a battle that may not be published any
    more."""
    has_tables = (folder / "battles").is_dir()
    numbers = export_at(folder, upto).battles() if has_tables else _united(_in_lines(folder))
    return bool(not_publishable(numbers, upto).size)


def _in_lines(folder: Path) -> Iterator[Numbers]:
    """Yield the ledger numbers of battles in JSON Lines, in pieces."""
    for path in folder.glob("battles-*.jsonl"):
        with path.open("rb") as lines:
            while piece := [json.loads(line)["ledger_number"] for line in islice(lines, PIECE)]:
                yield np.array(piece, np.int64)


def earlier_export(folder: Path) -> EarlierExport:
    """Return the export in a folder. Raises ExportRefused where there is none, and where its
    battles are not in Parquet: nobody could tell which of them were withdrawn."""
    try:
        manifest = read_manifest(folder)
        number, since = int(manifest["ledger"]["number"]), int(manifest["since"])
        found = export_at(folder, number, since)
        battles = int(manifest["rows"].get("battles/train", 0))
    except (UnusableFile, KeyError, TypeError, ValueError) as error:
        raise ExportRefused(f"{folder} is no export to begin behind: {error}") from error
    if battles and not len(found.battles()):
        raise ExportRefused(
            f"{folder} has its {battles} battles not in Parquet, where withdrawn ones are looked"
            " for. Make it again with --form parquet."
        )
    return found


def write_marks(folder: Path, marks: Mapping[int, str]) -> None:
    """Write what an export says of regions that are blurred by hand; nothing without any."""
    if marks:
        (folder / BLURRED).write_text(json.dumps(marks), encoding="utf-8")


def write_tombstones(folder: Path, earlier: EarlierExport | None, upto: int) -> int:
    """Write a line for each battle of the earlier exports that may not be published now, or of
    which less is in this one, which says ``changed`` of it. For the export that follows, write the
    battles of all of them.

    Returns how many lines there are.
    """
    if earlier is None:
        return 0
    chain = earlier.chain()
    table = pa.table({"ledger_number": chain})
    table = table.replace_schema_metadata({_KNOWN_SINCE: str(earlier.known_since())})
    pq.write_table(table, folder / EARLIER, compression="zstd")
    marks = export_at(folder, upto).blurred()
    lines = dict.fromkeys(earlier.unlike(marks), ',"changed":true')
    lines |= dict.fromkeys(not_publishable(chain, upto).tolist(), "")
    with (folder / TOMBSTONES).open("w", encoding="utf-8") as out:
        for number, mark in sorted(lines.items()):
            out.write(f'{{"ledger_number":{number}{mark}}}\n')
    return len(lines)
