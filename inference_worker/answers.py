"""One attempt's answer on its way from a lane to the stream.

A lane pours text in, the writer takes numbered events out, and whoever waits for the end waits on
``settled`` alone: no thread wakes for a token.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from threading import Event, Lock

from inference_worker.wire.events import CUT, TERMINAL, Kind
from inference_worker.wire.leases import LIFE_SECONDS, Holder, Verdict
from inference_worker.wire.messages import (
    MOST_REASON,
    FailureCode,
    Finish,
    GenerationRequest,
    Outcome,
    Status,
)
from inference_worker.wire.texts import writable

logger = logging.getLogger(__name__)

Numbered = tuple[int, Kind, str]


class Answer:
    """Safe to call from any thread. After the first ``end`` or ``fail`` it takes nothing more."""

    def __init__(self, request: GenerationRequest, *, nudge: Callable[[], None]) -> None:
        """``nudge`` asks the writer to write at once and not at its next tick."""
        # A fresh owner per delivery: a second delivery of the same message is not this one.
        owner = secrets.token_hex(8)
        self.request = request
        self.holder = Holder(request.stream, request.side, request.fence, owner)
        self.began = time.monotonic()
        self.settled = Event()
        self._leased_until = self.began + LIFE_SECONDS
        self._nudge = nudge
        self._lock = Lock()
        self._pending: list[str] = []
        self._unwritten: list[Numbered] = []
        self._number = 0
        self._last: tuple[Kind, str] | None = None
        self._reason = ""
        self._closing = False
        self._status: Status = "lost"
        self._text: list[str] = []
        self._characters = 0
        self._half = ""
        """The first half of a surrogate pair, until the second one comes."""
        self._tokens = 0
        self._finish: Finish = "stop"
        self._first_text_ms = 0
        self._revision = ""

    @property
    def wanted(self) -> bool:
        """False once the answer has an end or belongs to nobody."""
        return self._last is None and not self.settled.is_set()

    @property
    def seconds_left(self) -> float:
        """Of the time that the request allows; not below 0."""
        return max(0.0, self.began + self.request.limits.seconds - time.monotonic())

    # What a lane calls.

    def opened(self, revision: str) -> None:
        """The model is there."""
        self._revision = revision

    def add(self, text: str, tokens: int) -> None:
        """Take text in, up to the request's most characters; the first leaves at once."""
        with self._lock:
            if not self.wanted:
                return
            self._tokens += tokens
            first = self._keep(self._whole(text))
        if first:
            self._nudge()

    def end(self, finish: Finish) -> None:
        """The model is done; an answer that says nothing is a failure."""
        with self._lock:
            self._close(finish)

    def fail(self, code: FailureCode, reason: str = "") -> None:
        """Nothing more will come; ``reason`` is kept for who asked in a trial."""
        with self._lock:
            if self.wanted:
                self._release()
            if self.wanted:
                self._last = ("failed", code)
                self._reason = writable(reason)[:MOST_REASON] if self.request.is_trial else ""

    # What the writer calls.

    def begin(self) -> None:
        """Event 0: whoever reads it clears the pane."""
        self._append("started" if self.request.attempt == 1 else "restarted", "")
        self._nudge()

    def take(self) -> tuple[Numbered, ...]:
        """All that is not known to be written, in order; the same again until ``written``."""
        with self._lock:
            if self._pending:
                self._append("delta", "".join(self._pending))
                self._pending.clear()
            if self._last is not None and not self._closing:
                self._closing = True
                self._append(*self._last)
            return tuple(self._unwritten)

    def written(self, events: tuple[Numbered, ...], verdict: Verdict) -> None:
        """What the stream said to ``events``."""
        if verdict != "ok":
            if verdict == "gap":
                logger.error("left a gap in the stream of a battle")
            self.lose()
            return
        with self._lock:
            del self._unwritten[: len(events)]
        if events[-1][1] in TERMINAL:
            self._status = "ended" if events[-1][1] == "ended" else "failed"
            self.settled.set()

    # What the heartbeat calls.

    def renewed(self, verdict: Verdict, at: float) -> None:
        """The lease was renewed at ``at``, or belongs to nobody or somebody else."""
        if verdict == "ok":
            self._leased_until = at + LIFE_SECONDS
        elif not self._closing:  # else our own last event ended it; the writer hears how
            self.lose()

    def missed(self) -> None:
        """The lease could not be renewed: it is over when its life is."""
        if time.monotonic() > self._leased_until:
            self.lose()

    def lose(self) -> None:
        """Another attempt owns the side, or soon will: nothing more is written or said."""
        self.settled.set()

    def outcome(self, worker: str) -> Outcome:
        """How it went; call it once nothing writes any more."""
        kind, code = self._last or ("failed", "")
        return Outcome(
            stream=self.holder.stream,
            side=self.holder.side,
            attempt=self.request.attempt,
            fence=self.holder.fence,
            status=self._status,
            code=code if self._status == "failed" and kind == "failed" else "",
            text="".join(self._text),
            finish=self._finish,
            tokens=self._tokens,
            first_text_ms=self._first_text_ms,
            total_ms=_milliseconds(self.began),
            worker=worker,
            revision=self._revision,
            reason=self._reason if self._status == "failed" else "",
        )

    def _whole(self, text: str) -> str:
        """Return what can be written of ``text``, with the half that was held put before it.

        A JSON text writes a character beyond U+FFFF as two halves, and an endpoint that cuts its
        text by such units puts them into two chunks.
        """
        text = self._half + text.replace("\0", "")
        self._half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        return writable(text[:-1] if self._half else text)

    def _release(self) -> None:
        """Take the half that is held as a character of its own: its other half won't come."""
        half, self._half = self._half, ""
        self._keep(writable(half))

    def _keep(self, text: str) -> bool:
        room = self.request.limits.max_characters - self._characters
        kept = text[:room]
        first = bool(kept) and not self._characters
        if first:
            self._first_text_ms = _milliseconds(self.began)
        if kept:
            self._pending.append(kept)
            self._text.append(kept)
            self._characters += len(kept)
        if len(text) > room:
            self._close("length")
        return first

    def _close(self, finish: Finish) -> None:
        if self.wanted:
            self._release()
        if not self.wanted:
            return
        self._finish = finish
        said = any(text.strip() for text in self._text)
        self._last = ("ended", CUT if finish == CUT else "") if said else ("failed", "empty")

    def _append(self, kind: Kind, text: str) -> None:
        self._unwritten.append((self._number, kind, text))
        self._number += 1


def _milliseconds(since: float) -> int:
    return round((time.monotonic() - since) * 1000)
