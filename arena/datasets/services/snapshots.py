"""The leaderboards beside the votes, so that the one can be verified by the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from arena.boards.models import Board, Snapshot
from arena.boards.services.reproduction import snapshot_body
from arena.core.errors import NotFound

FOLDER = "snapshots"


def write_snapshots(folder: Path, upto: int) -> list[dict[str, Any]]:
    """Write each board's newest snapshot of the ledger at the number or before; return the list.

    A file holds the snapshot's bytes, of which its ``etag`` is the SHA-256. One whose text was
    pruned and can't be computed again is left out. So are boards by what voters said of themselves,
    which no export has.
    """
    listed = []
    (folder / FOLDER).mkdir(exist_ok=True)
    for board in Board.objects.filter(group=None, population=None).order_by("position", "slug"):
        rows = Snapshot.objects.filter(board=board, ledger_number__lte=upto)
        snapshot = rows.order_by("-id").first()
        if snapshot is None:
            continue
        try:
            text = snapshot_body(snapshot=snapshot)
        except NotFound:
            continue
        name = f"{FOLDER}/{board.slug}.json"
        (folder / name).write_text(text, encoding="utf-8")
        listed.append(
            {
                "board": board.slug,
                "file": name,
                "etag": snapshot.etag,
                "ledger_number": snapshot.ledger_number,
                "code_version": snapshot.code_version,
            }
        )
    return listed
