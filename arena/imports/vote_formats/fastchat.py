"""Logs of FastChat: a JSON object a line for everything that happened; the votes among them."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from arena.imports.vote_rows import shown_names
from arena.rating.vote_file import VoteFile, read_rows
from arena.rating.vote_tables import TableRows

TITLE = "logs of FastChat (JSON lines)"
WINNERS = {
    "leftvote": "model_a",
    "rightvote": "model_b",
    "tievote": "tie",
    "bothbad_vote": "tie (bothbad)",
}
"""The kinds of events that are votes."""
TITLES = ["model_a", "model_b", "winner", "tstamp"]
_GZIP = b"\x1f\x8b"


def read(
    stream: BinaryIO, name: str, *, winner: str | None, share: float
) -> tuple[VoteFile, list[str]]:
    """Read blind votes; chats and whatever else was logged is no vote. Raises UnusableFile."""
    opened: list[LoggedVotes] = []

    def begin() -> TableRows:
        lines = stream if stream.seekable() else io.BytesIO(stream.read())
        packed = lines.read(len(_GZIP)) == _GZIP
        lines.seek(0)
        lines = cast("BinaryIO", gzip.GzipFile(fileobj=lines)) if packed else lines
        opened.append(LoggedVotes(lines))
        return opened[0]

    file = read_rows(begin, name, winner=winner or "sides", share=share)
    log = opened[0]
    other = [f"{log.other} lines are no votes"] if log.other else []
    return file, [*shown_names(log.shown), *other]


class LoggedVotes:
    """Votes of a log as rows. A line that is no JSON is a row without cells for its columns."""

    unit = "line"
    unclosed = False

    def __init__(self, lines: BinaryIO) -> None:
        self._lines = lines
        self.line = self.shown = self.other = 0

    def __iter__(self) -> Iterator[list[str]]:
        """Return the titles, then a row for each vote or broken line."""
        yield TITLES
        for text in self._lines:
            self.line += 1
            if not text.strip():
                continue
            try:
                event = json.loads(text)
            except (ValueError, RecursionError):
                yield ["no JSON"]
                continue
            if not isinstance(event, dict) or event.get("type") not in WINNERS:
                self.other += 1
                continue
            public = _pair(event.get("models"))
            states = [one if isinstance(one, dict) else {} for one in _pair(event.get("states"))]
            hidden = [str(one.get("model_name") or "") for one in states]
            is_blind = not all(isinstance(one, str) and one.strip() for one in public)
            names = hidden if all(hidden) else [str(one or "") for one in public]
            stamp = event.get("tstamp")
            row = [*names, WINNERS[event["type"]], "" if stamp is None else str(stamp)]
            if is_blind:
                yield row
            else:
                self.shown += 1

    def reread(self) -> bool:
        """Return False: a line ends where it ends."""
        return False


def _pair(value: Any) -> list[Any]:
    return value if isinstance(value, list) and len(value) == 2 else [None, None]
