"""What the gates have counted in this process."""

from __future__ import annotations

from arena.gates import windows
from arena.gates.services import rates, room


def forget_counts() -> None:
    """Begin as a process that has just started, with the settings of now."""
    for cached in (windows._shared, windows._own, rates._readers, room._workers_at):
        cached.cache_clear()
    room._found.until = 0.0
