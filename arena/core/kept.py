"""Caches of results within one process, each with a bound."""

from __future__ import annotations

import json
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import sha256
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")


class TextCache:
    """The newest results for texts, compressed, up to a number of bytes; safe between threads.

    A result that nobody asked for in the last ``seconds`` is dropped at the next call, so that no
    process remembers for long what was erased.
    """

    def __init__(self, room: int, seconds: float = 600.0) -> None:
        self._room, self._seconds = room, seconds
        self._results: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, text: str, make: Callable[[str], list[str]]) -> list[str]:
        """Return what ``make`` gives for this text, now or at an earlier call."""
        key = sha256(text.encode("utf-8", "surrogatepass")).digest()
        now = time.monotonic()
        with self._lock:
            kept = self._results.pop(key, None)
            if kept is not None:
                self._results[key] = (now, kept[1])
            self._drop(now)
        if kept is not None:
            return list(json.loads(zlib.decompress(kept[1])))
        made = make(text)
        result = zlib.compress(json.dumps(made).encode(), 1)
        with self._lock:
            self._bytes += len(result) - len(self._results.pop(key, (now, b""))[1])
            self._results[key] = (now, result)
            self._drop(now)
        return made

    def _drop(self, now: float) -> None:
        """Forget the oldest results, until those that are left are new and fit."""
        while self._results:
            used, result = next(iter(self._results.values()))
            if self._bytes <= self._room and now - used <= self._seconds:
                return
            self._results.popitem(last=False)
            self._bytes -= len(result)


class BriefCache(Generic[Result]):
    """Results that are given again for a moment, at most so many; safe between threads.

    When the moment is over, one caller is told to make the result anew. Others get the one before
    meanwhile, at most ``grace`` seconds longer, so that they do not all make it. Nothing is copied,
    as Django's cache does: what is kept must never be changed.
    """

    def __init__(self, most: int, grace: float) -> None:
        self._most, self._grace = most, grace
        self._results: dict[Hashable, tuple[float, Result]] = {}
        self._lock = Lock()

    def get(self, key: Hashable) -> Result | None:
        """Return the result, or None where the caller is to make it."""
        kept, now = self._results.get(key), time.monotonic()
        if kept is None or now >= kept[0] + self._grace:
            return None
        if now < kept[0]:
            return kept[1]
        with self._lock:
            is_first = self._results.get(key) is kept
            if is_first:
                self._results[key] = (now + self._grace, kept[1])
        return None if is_first else kept[1]

    def keep(self, key: Hashable, result: Result, seconds: float) -> None:
        """Give this result for so long; where there are too many, all others are forgotten."""
        if len(self._results) >= self._most:
            self._results = {}
        self._results[key] = (time.monotonic() + seconds, result)

    def clear(self) -> None:
        """Forget all results that are kept."""
        self._results = {}
