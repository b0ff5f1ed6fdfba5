"""Work in threads that a client's hanging up must not leave half done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def undone_if_cancelled(
    work: Coroutine[Any, Any, T], undo: Callable[[T], Awaitable[object]]
) -> T:
    """Return what the work returns; where the caller is cancelled meanwhile, it is undone first.

    A thread can't be cancelled: it goes on, and what it takes would belong to nobody.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled() and task.exception() is None:
            await undo(task.result())
        raise
