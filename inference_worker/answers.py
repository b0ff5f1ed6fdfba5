"""The answer of an attempt on its way from a model's queue to the stream.

The queue of the model adds text, the writer takes numbered events, and a thread that waits for the
end waits only on ``settled``: no thread wakes up for a token.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from threading import Event, Lock
from typing import Literal

from inference_worker.grounding.reading import AnswerReading
from inference_worker.incoming import IncomingText
from inference_worker.repetition import RepetitionCheck
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.detections import MOST_UNREAD, UNREAD, Detection, written_line
from inference_worker.wire.events import CUTS, TERMINAL, Kind
from inference_worker.wire.leases import LIFE_SECONDS, LeaseHolder, Verdict
from inference_worker.wire.messages import (
    MOST_LEARNED,
    MOST_REASON,
    FailureCode,
    Finish,
    GenerationOutcome,
    GenerationRequest,
    Status,
)
from inference_worker.wire.texts import writable

logger = logging.getLogger(__name__)

Numbered = tuple[int, Kind, str]
ONLY_REASONED = "the model reasoned and ended without an answer"


class RunningAnswer:
    """Safe to call from any thread. After the first ``end`` or ``fail`` it takes nothing more."""

    def __init__(self, request: GenerationRequest, *, flush_soon: Callable[[], None]) -> None:
        """``flush_soon`` asks the writer to write at once and not at its next tick."""
        # A fresh owner per delivery: a second delivery of the same message is not this one.
        owner = secrets.token_hex(8)
        self.request = request
        self.holder = LeaseHolder(request.stream, request.side, request.fence, owner)
        self.began = time.monotonic()
        self._loading_since: float | None = None
        self._loaded_for = 0.0
        """Seconds for which the answer has waited for its model so far; no part of its time."""
        self.settled = Event()
        self._leased_until = self.began + LIFE_SECONDS
        self._flush_soon = flush_soon
        self._lock = Lock()
        self._pending: list[tuple[Kind, str]] = []
        self._unwritten: list[Numbered] = []
        self._number = self._characters = 0
        self._last: tuple[Kind, str] | None = None
        self._code: FailureCode | Literal[""] = ""
        self._reason = ""
        self._closing = False
        self._status: Status = "lost"
        self._text: list[str] = []
        self._repetition = RepetitionCheck()
        self.incoming = IncomingText()
        self._places: list[Detection] = []
        self._unread_room = MOST_UNREAD
        self._tokens = self._reasoning_tokens = 0
        self._reasoning: list[str] = []
        self._reasoning_room = request.limits.trace_characters
        self._remark = self._learned = ""
        self._finish: Finish = "stop"
        self._prompt_tokens = 0
        self._first_text_ms = 0
        self._revision = ""

    @property
    def wanted(self) -> bool:
        """Return False once the answer has ended or nobody waits for it."""
        return self._last is None and not self.settled.is_set()

    @property
    def seconds_left(self) -> float:
        """Return the rest of the time that the request allows; not below 0.

        It does not pass while the model is fetched and loaded.
        """
        return max(0.0, self.request.limits.seconds - self._seconds)

    @property
    def is_loading(self) -> bool:
        """Return whether the answer waits for its model to be fetched and loaded."""
        return self._loading_since is not None

    @property
    def load_seconds(self) -> float:
        """Return how long the answer has waited for its model to be fetched and loaded."""
        since = self._loading_since
        return self._loaded_for + (0.0 if since is None else time.monotonic() - since)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self.began - self.load_seconds

    # What a model's queue calls.

    def load_began(self) -> None:
        """The answer's clock stands still from now on."""
        with self._lock:
            if self._loading_since is None:
                self._loading_since = time.monotonic()

    def load_ended(self) -> None:
        """The answer's clock goes on."""
        with self._lock:
            self._loaded_for, self._loading_since = self.load_seconds, None

    def opened(self, revision: str) -> None:
        """The model is there."""
        self._revision = revision

    def add(self, text: str, tokens: int) -> None:
        """Take text in, up to the request's most characters; the first leaves at once."""
        with self._lock:
            if not self.wanted:
                return
            self._tokens += tokens
            first = self._show(self.incoming.feed(text))
        if first:
            self._flush_soon()

    def add_reasoning(self, text: str, tokens: int) -> None:
        """Take a part of the trace in, for a site that asked for one; it is no part of the
        answer."""
        with self._lock:
            if not self.wanted:
                return
            self._reasoning_tokens += tokens
            kept = writable(text)[: self._reasoning_room]
            self._reasoning_room -= len(kept)
            if kept:
                self._pending.append(("reasoning", kept))
                self._reasoning.append(kept)

    def read(self, prompt_tokens: int, pictures: Sequence[tuple[int, int]] = ()) -> None:
        """Note the size of the prompt, and those of the pictures as the model sees them."""
        self._prompt_tokens = max(0, prompt_tokens)
        self.incoming.see(pictures)

    def learn(self, options: str, remark: str) -> None:
        """Keep for a probe's operator what the model's endpoint has taught."""
        if self.request.is_probe:
            self._learned = options if len(options) <= MOST_LEARNED else ""
            self._remark = writable(remark)[:MOST_REASON]

    def end(self, finish: Finish) -> None:
        """The model is done; an answer that says nothing is a failure."""
        with self._lock:
            self._close(finish)

    def fail(self, code: FailureCode, reason: str = "", cause: FailureCause = "other") -> None:
        """End the answer with a failure; ``reason`` is kept for the operator of a probe."""
        with self._lock:
            if self.wanted:
                self._show(self.incoming.rest())
            if self.wanted:
                self._last, self._code = ("failed", code), code
                self._reason = writable(reason)[:MOST_REASON] if self.request.is_probe else ""

    # What the writer calls.

    def begin(self) -> None:
        """Append event 0, at which readers clear the pane."""
        self._append("started" if self.request.attempt == 1 else "restarted", "")
        self._flush_soon()

    def take(self) -> tuple[Numbered, ...]:
        """Return the events not yet known to be written, in order; the same until ``written``."""
        with self._lock:
            for kind, pieces in groupby(self._pending, key=itemgetter(0)):
                between = "\n" if kind == "detection" else ""
                self._append(kind, between.join(text for _, text in pieces))
            self._pending.clear()
            if self._last is not None and not self._closing:
                self._closing = True
                self._append(*self._last)
            return tuple(self._unwritten)

    def written(self, events: tuple[Numbered, ...], verdict: Verdict) -> None:
        """Take the stream's verdict on ``events``."""
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

    def outcome(self, worker: str) -> GenerationOutcome:
        """Return how the attempt ended; call it once nothing writes any more."""
        return GenerationOutcome(
            stream=self.holder.stream,
            side=self.holder.side,
            attempt=self.request.attempt,
            fence=self.holder.fence,
            status=self._status,
            code=self._code if self._status == "failed" else "",
            text="".join(self._text),
            finish=self._finish,
            tokens=max(0, self._tokens),
            first_text_ms=self._first_text_ms,
            total_ms=_milliseconds(self._seconds),
            worker=worker,
            revision=self._revision,
            reason=self._reason if self._status == "failed" else "",
            reasoning="".join(self._reasoning),
            places=tuple(place.to_json() for place in self._places),
            reasoning_tokens=max(0, self._reasoning_tokens),
            remark=self._remark,
            learned=self._learned,
            load_ms=_milliseconds(self.load_seconds),
            prompt_tokens=self._prompt_tokens,
        )

    def _show(self, reading: AnswerReading) -> bool:
        """Take in the visible text, and the places and unread marks that have not been cut off."""
        room = self.request.limits.max_characters - self._characters
        kept = self._repetition.keep(reading.text[:room])
        first = bool(kept) and not self._characters
        if first:
            self._first_text_ms = _milliseconds(self._seconds)
        if kept:
            self._pending.append(("delta", kept))
            self._text.append(kept)
            self._characters += len(kept)
        if kept and self._repetition.repeats:
            self._close("repetition")
        elif len(reading.text) > room:
            self._close("length")
        spans = [one for one in reading.unread if one.end <= self._characters][: self._unread_room]
        self._unread_room -= len(spans)
        unread = [Detection("", UNREAD, (), start=one.start, end=one.end) for one in spans]
        for place in (*reading.detections, *unread):
            if place.end <= self._characters:
                self._pending.append(("detection", written_line(place)))
                self._places.append(place)
        return first

    def _close(self, finish: Finish) -> None:
        if self.wanted:
            self._show(self.incoming.rest())
        if not self.wanted:
            return
        self._finish = finish
        said = any(text.strip() for text in self._text)
        if said:
            self._last = ("ended", finish if finish in CUTS else "")
        else:
            self._last, self._code = ("failed", "empty"), "empty"
            if self.request.is_probe:
                self._reason = ONLY_REASONED if self._reasoning else ""

    def _append(self, kind: Kind, text: str) -> None:
        self._unwritten.append((self._number, kind, text))
        self._number += 1


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
