"""What a process has worked out already, kept for as long as there is room."""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from threading import Lock


class Kept:
    """The newest results for texts, compressed, up to a number of bytes; safe between threads."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._results: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, text: str, make: Callable[[str], list[str]]) -> list[str]:
        """Return what ``make`` gives for this text, now or at an earlier call."""
        key = sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            kept = self._results.get(key)
            if kept is not None:
                self._results.move_to_end(key)
        if kept is not None:
            return list(json.loads(zlib.decompress(kept)))
        made = make(text)
        self._keep(key, zlib.compress(json.dumps(made).encode(), 1))
        return made

    def _keep(self, key: bytes, result: bytes) -> None:
        with self._lock:
            self._bytes += len(result) - len(self._results.pop(key, b""))
            self._results[key] = result
            while self._bytes > self._room:
                _oldest, dropped = self._results.popitem(last=False)
                self._bytes -= len(dropped)
