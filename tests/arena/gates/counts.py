"""What the gates have counted in this process."""

from __future__ import annotations

from typing import get_args

from limits.storage import RedisStorage

from arena.gates import windows
from arena.gates.services import rates, room


def forget_counts() -> None:
    """Begin as a process that has just started, with the settings of now."""
    if windows._shared.cache_info().currsize:
        for strategy in get_args(windows.Strategy):
            storage = windows._shared(strategy).storage
            if isinstance(storage, RedisStorage):
                storage.storage.close()  # else the collector finds it open, in some other test
    for cached in (windows._shared, windows._own, rates._readers, room._workers_at):
        cached.cache_clear()
    room._found.until = 0.0
