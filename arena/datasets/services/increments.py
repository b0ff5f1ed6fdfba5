"""Exports that begin where an earlier one ended, and what was withdrawn since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from pyarrow import fs

from arena.datasets.selectors.battles import publishable
from arena.datasets.services.state import ExportRefused
from arena.rating.verify.tables import read_manifest
from arena.rating.vote_tables import UnusableFile

TOMBSTONES = "tombstones.jsonl"
PIECE = 5_000


@dataclass(frozen=True, slots=True)
class EarlierExport:
    """A finished export, in a folder or in a store, that another one follows."""

    files: fs.FileSystem
    """With the folder of the export as its root."""
    number: int
    """The last ledger entry that it holds."""

    def battles(self) -> Iterator[list[int]]:
        """Yield the ledger numbers of its battles, in pieces."""
        found = self.files.get_file_info(fs.FileSelector("battles", allow_not_found=True))
        for path in sorted(one.path for one in found if one.path.endswith(".parquet")):
            with self.files.open_input_file(path) as file, pq.ParquetFile(file) as table:
                for batch in table.iter_batches(batch_size=PIECE, columns=["ledger_number"]):
                    yield batch.column(0).to_pylist()

    def earlier_tombstones(self) -> Iterator[int]:
        """Yield the ledger numbers of battles that it had already withdrawn."""
        if self.files.get_file_info(TOMBSTONES).type == fs.FileType.File:
            with self.files.open_input_stream(TOMBSTONES) as file:
                lines = file.read().splitlines()
            yield from (int(json.loads(line)["ledger_number"]) for line in lines)

    def withdrawn(self, upto: int) -> set[int]:
        """Return the ledger numbers of its battles that may not be published any more."""
        found = set()
        for numbers in self.battles():
            still = publishable(0, upto).filter(number__in=numbers)
            found |= set(numbers) - set(still.values_list("number", flat=True))
        return found


def earlier_export(folder: Path) -> EarlierExport:
    """Return the export in a folder. Raises ExportRefused where there is none, and where its
    battles are not in Parquet: nobody could tell which of them were withdrawn."""
    try:
        manifest = read_manifest(folder)
        files = fs.SubTreeFileSystem(str(folder), fs.LocalFileSystem())
        found = EarlierExport(files, int(manifest["ledger"]["number"]))
        battles = int(manifest["rows"].get("battles/train", 0))
    except (UnusableFile, KeyError, TypeError, ValueError) as error:
        raise ExportRefused(f"{folder} is no export to begin behind: {error}") from error
    if battles and not any(found.battles()):
        raise ExportRefused(
            f"{folder} has its {battles} battles not in Parquet, where withdrawn ones are looked"
            " for. Make it again with --form parquet."
        )
    return found


def write_tombstones(folder: Path, earlier: EarlierExport | None, upto: int) -> int:
    """Write a line for each battle of the earlier export that may not be published any more.

    Tombstones of the earlier export are repeated, so that the last increment names all of them.
    Returns how many there are.
    """
    if earlier is None:
        return 0
    withdrawn = {*earlier.earlier_tombstones(), *earlier.withdrawn(upto)}
    with (folder / TOMBSTONES).open("w", encoding="utf-8") as out:
        out.writelines(f'{{"ledger_number":{number}}}\n' for number in sorted(withdrawn))
    return len(withdrawn)
