"""Answers from a script, for tests and benches: ``rate=20,tokens=64,fail=timeout,after=5``.

``rate`` tokens per second (0: as fast as asked) · ``tokens`` in all · ``fail`` with this code once
``after`` tokens are out · ``join`` and ``load`` fail with this code · ``seconds`` to load · its
``mb`` · ``via=remote`` streams instead of stepping · ``text=blank`` says nothing and
``text=clock`` the time of each token, ``time.monotonic()`` in microseconds · ``slots`` · ``tag``
tells models apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast

from inference_worker.backends.base import Ask, BackendError, Model, Piece
from inference_worker.settings import Settings
from inference_worker.wire.messages import FailureCode, ModelSpec

TICK_SECONDS = 0.01
"""The longest that a step waits for a token that is not due yet."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the source says."""

    rate: float = 0.0
    tokens: int = 16
    fail: str = ""
    after: int = 0
    join: str = ""
    load: str = ""
    seconds: float = 0.0
    mb: int = 0
    via: str = "batch"
    text: str = "words"
    slots: int = 1024
    tag: str = ""

    def piece(self, ask: Ask, number: int) -> Piece:
        """The piece of this number, from 0. Raises BackendError where the script fails."""
        if self.fail and number == self.after:
            raise BackendError(cast(FailureCode, self.fail), "the script says so")
        wanted = min(self.tokens, ask.max_new_tokens)
        finish = None if number + 1 < wanted else "stop" if wanted == self.tokens else "length"
        return Piece(ask.id, self.word(number), finish=cast("None", finish))

    def word(self, number: int) -> str:
        """What the token of this number says."""
        if self.text == "blank":
            return ""
        return f"{time.monotonic_ns() // 1000} " if self.text == "clock" else f"word{number} "

    def due(self, number: int, since: float) -> bool:
        """Whether the token of this number has its time, for an answer begun at ``since``."""
        return not self.rate or time.monotonic() >= since + number / self.rate


def read(source: str) -> Script:
    """Raises BackendError for a word that no script has."""
    kinds = {"rate": float, "seconds": float, "tokens": int, "after": int, "mb": int, "slots": int}
    try:
        pairs = [part.split("=", 1) for part in source.split(",") if part]
        return Script(**{key: kinds.get(key, str)(value) for key, value in pairs})
    except (TypeError, ValueError) as error:
        raise BackendError("unavailable", f"not a script: {source!r}") from error


class Scripted:
    """Reads the script anew for each model."""

    def pin(self, spec: ModelSpec) -> ModelSpec:
        read(spec.source)
        return replace(spec, revision="script")

    def weigh(self, spec: ModelSpec) -> int:
        return read(spec.source).mb

    def load(self, spec: ModelSpec) -> Model:
        script = read(spec.source)
        time.sleep(script.seconds)
        if script.load:
            raise BackendError(cast(FailureCode, script.load), "the script says so")
        return ScriptedRemote(script) if script.via == "remote" else ScriptedBatch(script)


class ScriptedBatch:
    """Keeps time for all its requests in one thread, so that hundreds cost no wake-up each."""

    revision = "script"
    device = "script"
    light = False

    def __init__(self, script: Script) -> None:
        self.slots = script.slots
        self._script = script
        self._inside: dict[str, tuple[Ask, float, int]] = {}

    def join(self, ask: Ask) -> None:
        if self._script.join:
            raise BackendError(cast(FailureCode, self._script.join), "the script says so")
        self._inside[ask.id] = (ask, time.monotonic(), 0)

    def step(self) -> list[Piece]:
        pieces = self._pieces()
        if not pieces:
            time.sleep(TICK_SECONDS)
            pieces = self._pieces()
        return pieces

    def leave(self, id: str) -> None:
        self._inside.pop(id, None)

    def _pieces(self) -> list[Piece]:
        pieces = []
        for ask, since, number in list(self._inside.values()):
            if self._script.due(number, since):
                pieces.append(self._script.piece(ask, number))
                self._inside[ask.id] = (ask, since, number + 1)
        for piece in pieces:
            if piece.finish:
                del self._inside[piece.id]
        return pieces


class ScriptedRemote:
    """The same words, one thread per request."""

    revision = "script"
    device = "script"

    def __init__(self, script: Script) -> None:
        self._script = script

    def stream(self, ask: Ask, wanted: Callable[[], bool]) -> Iterator[Piece]:
        since, number = time.monotonic(), 0
        while wanted():
            if not self._script.due(number, since):
                time.sleep(TICK_SECONDS)
                continue
            piece = self._script.piece(ask, number)
            yield piece
            if piece.finish is not None:
                return
            number += 1


def create(settings: Settings) -> Scripted:
    """Raises BackendError unless ARENA_ALLOW_SCRIPTED is set: no voter ever votes on a script."""
    if not settings.allow_scripted:
        raise BackendError("unavailable", "scripted answers are off: ARENA_ALLOW_SCRIPTED")
    return Scripted()
