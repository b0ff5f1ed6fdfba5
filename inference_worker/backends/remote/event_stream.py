"""Turn the bytes of an endpoint's answer into messages, in all forms that servers send.

Servers differ: lines may end in three ways, a message may have several lines or no empty line after
it, comments keep a connection alive, and one JSON body may come instead of a stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from inference_worker.backends.base import BackendError

DONE = "[DONE]"
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""Not what `str.splitlines` takes for a line's end: JSON may hold those as they are. A CR at the
end of what has come so far may be half of CR LF."""
_IGNORED = re.compile("(?:event|id|retry)?:")
_MOST_LINE = 2_000_000
"""Bytes of one message; a whole answer has some thousands."""


def messages(parts: Iterable[bytes]) -> Iterator[Any]:
    """Yield each message of an event stream, DONE at its end, or the one body in its place.

    Raises BackendError for a message without end; what is no JSON is passed over.
    """
    held: list[str] = []
    plain: list[str] = []
    for line in _lines(parts):
        if line.startswith("data:"):
            held.append(line.removeprefix("data:"))
        elif line and not _IGNORED.match(line):
            plain.append(line)
        # Most send one line a message, and some no empty line after it.
        if len(held) == 1 or not line:
            yield from (found := _parsed(held))
            held = [] if found or not line else held
    yield from _parsed(held) + _parsed(plain)


def _lines(parts: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of an event stream, without their ends."""
    rest, first = b"", True
    for part in parts:
        *lines, rest = _LINE_END.split(rest + part)
        if len(rest) > _MOST_LINE:
            raise BackendError("internal", "the endpoint sends a message without end")
        for line in lines:
            yield _decoded(line.removeprefix(_BOM) if first else line)
            first = False
    for line in rest.removeprefix(_BOM if first else b"").split(b"\r"):
        yield _decoded(line)


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", errors="replace")


def _parsed(lines: list[str]) -> list[Any]:
    """Return what a message's lines hold, or DONE; nothing where they are no JSON."""
    text = "\n".join(lines)
    if text.strip() == DONE:
        return [DONE]
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return []
