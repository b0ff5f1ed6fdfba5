"""Requests in the background: they wait while any other request of the process wants an answer.

A request that had begun leaves its model and begins again later. Its seed is the same, so its
answer is the same, and what the sink has already is not handed over twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol
from weakref import WeakSet


class WantedSink(Protocol):
    """A receiver of an answer, which knows whether anybody still wants it."""

    @property
    def wanted(self) -> bool: ...


class ForegroundRequests:
    """The requests that others give way to. It is safe to call from any thread.

    It keeps none of them in memory: whoever answers a request lets go of it.
    """

    def __init__(self) -> None:
        self._sinks: WeakSet[WantedSink] = WeakSet()
        self._lock = Lock()

    def add(self, sink: WantedSink) -> None:
        """Let the background wait until nobody wants this answer any more."""
        with self._lock:
            self._sinks.add(sink)

    @property
    def are_active(self) -> bool:
        """Return whether an answer of the foreground is still wanted."""
        with self._lock:
            return any(sink.wanted for sink in self._sinks)


@dataclass(slots=True)
class RepeatedText:
    """A text that is made again from its beginning: ``add`` returns only what is new of it."""

    known: str = ""
    tokens: int = 0
    _again: str = ""
    _tokens_again: int = 0
    differs: bool = field(default=False)
    """Whether the text came out differently, so that what was handed over can't be continued."""

    def begin_again(self) -> None:
        """The next piece is the first one."""
        self._again, self._tokens_again = "", 0

    def add(self, text: str, tokens: int) -> tuple[str, int]:
        """Return the text and the number of tokens that were not there before."""
        self._again += text
        self._tokens_again += tokens
        new_text, new_tokens = "", max(0, self._tokens_again - self.tokens)
        if len(self._again) > len(self.known):
            self.differs = self.differs or not self._again.startswith(self.known)
            new_text = self._again[len(self.known) :]
            self.known = self._again
        else:
            self.differs = self.differs or not self.known.startswith(self._again)
        self.tokens += new_tokens
        return new_text, new_tokens
