"""The record of one answer of a probe: its text, and the times at which its parts came."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event, Lock

from inference_worker.wire.causes import FailureCause
from inference_worker.wire.messages import MOST_LEARNED, MOST_REASON, FailureCode, Finish
from inference_worker.wire.probes import MOST_TEXT, ProbeAnswer
from inference_worker.wire.texts import writable


class ProbeSink:
    """Takes one answer in, and the times at which its parts came."""

    def __init__(self, *, most: int, show: Callable[[str], None]) -> None:
        self.settled = Event()
        self.learned: dict[str, str] = {}
        self.revision = ""
        self._show = show
        self._most = min(most, MOST_TEXT)
        self._began = time.monotonic()
        self._lock = Lock()
        self._text = self._reasoning = ""
        self._pieces = self._tokens = self._reasoning_tokens = 0
        self._first_text_ms = self._total_ms = 0
        self._finish: Finish = "stop"
        self._failure: tuple[FailureCode, FailureCause, str] | None = None

    @property
    def wanted(self) -> bool:
        """Return False once the answer has ended."""
        return not self.settled.is_set()

    def load_began(self) -> None:
        """The model had left memory again: its time counts, for it was loaded before."""

    def load_ended(self) -> None:
        """The model is in memory, or will never be."""

    def opened(self, revision: str) -> None:
        """Keep the revision of the model that answers."""
        self.revision = writable(revision)[:200]

    def read(self, prompt_tokens: int, pictures: Sequence[tuple[int, int]] = ()) -> None:
        """Ignore the size of the prompt: a report has no place for it."""

    def add(self, text: str, tokens: int) -> None:
        """Take a part of the answer in."""
        with self._lock:
            self._tokens += tokens
            if not text or not self.wanted:
                return
            if not self._text:
                self._first_text_ms = milliseconds(self._began)
            self._pieces += 1
            self._text = writable(self._text + text)[: self._most]
        self._show(self._text)
        if len(self._text) >= self._most:
            self.end("length")

    def add_reasoning(self, text: str, tokens: int) -> None:
        """Take a part of the trace in."""
        with self._lock:
            self._reasoning_tokens += tokens
            self._reasoning = writable(self._reasoning + text)[:MOST_TEXT]

    def learn(self, options: str, remark: str) -> None:
        """Keep what the endpoint has taught, and what is odd about its answer."""
        if options and len(options) <= MOST_LEARNED:
            self.learned["learned"] = options
        if remark:
            self.learned["remark"] = writable(remark)[:MOST_REASON]

    def end(self, finish: Finish) -> None:
        """Take the end; an answer that says nothing is a failure."""
        if not self._text.strip():
            self.fail("empty", "the model ended without a word", "empty")
            return
        self._settle(finish)

    def fail(self, code: FailureCode, reason: str = "", cause: FailureCause = "other") -> None:
        """Take a failure in place of an end."""
        with self._lock:
            if self._failure is None and self.wanted:
                self._failure = (code, cause, writable(reason)[:MOST_REASON])
        self._settle("stop")

    def answer(self, name: str) -> ProbeAnswer:
        """Return what came; call it once the answer is settled."""
        code, cause, reason = self._failure or ("", "", "")
        return ProbeAnswer(
            name=name,
            text=self._text,
            reasoning=self._reasoning,
            tokens=max(0, self._tokens),
            reasoning_tokens=max(0, self._reasoning_tokens),
            pieces=self._pieces,
            first_text_ms=self._first_text_ms,
            total_ms=self._total_ms,
            finish=self._finish,
            code=code,
            cause=cause,
            reason=reason,
        )

    def _settle(self, finish: Finish) -> None:
        with self._lock:
            if self.wanted:
                self._finish, self._total_ms = finish, milliseconds(self._began)
                self.settled.set()


def milliseconds(since: float) -> int:
    """Return the milliseconds since a moment of the monotonic clock."""
    return round((time.monotonic() - since) * 1000)
