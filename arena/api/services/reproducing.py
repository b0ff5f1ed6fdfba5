"""The bytes of a snapshot for a reader, whoever asks for how many old ones."""

from __future__ import annotations

from threading import BoundedSemaphore

from arena.boards.models import Snapshot
from arena.boards.services.reproduction import snapshot_body
from arena.core.errors import Unavailable

_ONE_AT_A_TIME = BoundedSemaphore(1)


def body_of(*, snapshot: Snapshot) -> str:
    """Return the body, as stored or as computed again from the ledger where it was pruned.

    A process computes one at a time, since each may take seconds. Raises Unavailable while it
    computes another one, NotFound where the ledger gives another body now.
    """
    if snapshot.body:
        return snapshot.body
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise Unavailable
    try:
        return snapshot_body(snapshot=snapshot)
    finally:
        _ONE_AT_A_TIME.release()
