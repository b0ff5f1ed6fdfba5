"""Answers from a script, for tests and benches: ``rate=20,tokens=64,fail=timeout,after=5``.

``rate`` tokens per second (0: as fast as asked) · ``tokens`` in all · ``fail`` with this code once
``after`` tokens are out · ``hold`` waits there until a file of this name exists · ``join`` and
``load`` fail with this code · ``seconds`` to load · its ``mb`` · ``via=remote`` streams instead of
stepping · ``text=blank`` says nothing, ``text=clock`` the time of each token, ``time.monotonic()``
in microseconds, and ``text=sees`` the colours of its pictures, red or blue · ``slots`` · ``tag``
tells models apart, and ends each answer with a word of its own.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import cast

from msgspec.structs import replace
from PIL import Image

from inference_worker.backends.base import BackendError, GenerationInput, Model, TokenDelta
from inference_worker.settings import WorkerSettings
from inference_worker.wire.manifests import BackendManifest, gettext_noop
from inference_worker.wire.messages import FailureCode, ModelSpec

MANIFEST = BackendManifest(
    title=gettext_noop("script, for tests only"),
    summary=gettext_noop(
        "Says words by a script, at a pace that the script sets; never drawn for voters."
    ),
    source=gettext_noop("A script, such as rate=20,tokens=64."),
    examples=("tokens=1000", "tokens=1000,via=remote"),
    settings=("ARENA_ALLOW_SCRIPTED",),
)

TICK_SECONDS = 0.01
"""The longest that a step waits for a token that is not due yet."""


@dataclass(frozen=True, slots=True)
class AnswerScript:
    """The parameters that a source gives."""

    rate: float = 0.0
    tokens: int = 16
    fail: str = ""
    after: int = 0
    hold: str = ""
    join: str = ""
    load: str = ""
    seconds: float = 0.0
    mb: int = 0
    via: str = "batch"
    text: str = "words"
    slots: int = 1024
    tag: str = ""
    think: int = 0
    """Tokens of a trace that come before the first word."""

    def piece(self, ask: GenerationInput, number: int) -> TokenDelta:
        """The piece of this number, from 0. Raises BackendError where the script fails."""
        if self.fail and number == self.after:
            raise BackendError(cast(FailureCode, self.fail), "the script says so")
        wanted = min(self.tokens, ask.sampling.max_new_tokens)
        finish = None if number + 1 < wanted else "stop" if wanted == self.tokens else "length"
        text = self.word(number, ask.images)
        if finish and self.tag and text:
            # Two tagged models never give the same answer, and which is whose stays unknown.
            text = f"{text}{secrets.token_hex(3)} "
        return TokenDelta(ask.id, text, finish=cast("None", finish))

    def word(self, number: int, images: Sequence[bytes] = ()) -> str:
        """Return the text of the token of this number; ``images`` are the question's."""
        if number < self.think:
            marks = ("<think>" * (number == 0), "</think>" * (number == self.think - 1))
            return f"{marks[0]}thought{number} {marks[1]}"
        number -= self.think
        if self.text == "blank":
            return ""
        if self.text == "sees" and number < len(images):
            with Image.open(BytesIO(images[number])) as image:
                red, _, blue = image.convert("RGB").resize((1, 1)).tobytes()
            return f"{('red' if red > blue else 'blue')} "
        if self.text == "places" and number % 8 == 0:
            return f"<ref>word{number}</ref><box>({100 + number},200),(500,{600 + number})</box> "
        if self.text == "places" and number % 20 == 19:
            return f"<box>({number})</box> "  # no place can be read from it
        return f"{time.monotonic_ns() // 1000} " if self.text == "clock" else f"word{number} "

    def due(self, number: int, since: float) -> bool:
        """Return whether the token of this number is due, for an answer begun at ``since``."""
        return not self.rate or time.monotonic() >= since + number / self.rate

    def is_held(self, number: int) -> bool:
        """Return whether the token of this number waits for the file."""
        return bool(self.hold) and number == self.after and not Path(self.hold).exists()

    def begun(self, number: int) -> float:
        """Return when an answer began whose token of this number is due now."""
        return time.monotonic() - (number / self.rate if self.rate else 0.0)


def read(source: str) -> AnswerScript:
    """Raises BackendError for a word that no script has."""
    whole = ("tokens", "after", "mb", "slots", "think")
    kinds = {"rate": float, "seconds": float, **dict.fromkeys(whole, int)}
    try:
        pairs = [part.split("=", 1) for part in source.split(",") if part]
        return AnswerScript(**{key: kinds.get(key, str)(value) for key, value in pairs})
    except (TypeError, ValueError) as error:
        raise BackendError("unavailable", f"not a script: {source!r}") from error


class ScriptedBackend:
    """Reads the script anew for each model."""

    def resolve_revision(self, spec: ModelSpec) -> ModelSpec:
        read(spec.source)
        return replace(spec, revision="script")

    def memory_mb(self, spec: ModelSpec) -> int:
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

    def __init__(self, script: AnswerScript) -> None:
        self.slots = script.slots
        self._script = script
        self._inside: dict[str, tuple[GenerationInput, float, int]] = {}

    def join(self, ask: GenerationInput) -> None:
        if self._script.join:
            raise BackendError(cast(FailureCode, self._script.join), "the script says so")
        self._inside[ask.id] = (ask, time.monotonic(), 0)

    def step(self) -> list[TokenDelta]:
        pieces = self._pieces()
        if not pieces:
            time.sleep(TICK_SECONDS)
            pieces = self._pieces()
        return pieces

    def leave(self, id: str) -> None:
        self._inside.pop(id, None)

    def _pieces(self) -> list[TokenDelta]:
        pieces = []
        for ask, since, number in list(self._inside.values()):
            if self._script.is_held(number):
                self._inside[ask.id] = (ask, self._script.begun(number), number)
            elif self._script.due(number, since):
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
    learned = ""
    remark = ""

    def __init__(self, script: AnswerScript) -> None:
        self._script = script

    def stream(self, ask: GenerationInput, wanted: Callable[[], bool]) -> Iterator[TokenDelta]:
        since, number = time.monotonic(), 0
        while wanted():
            held = self._script.is_held(number)
            since = self._script.begun(number) if held else since
            if held or not self._script.due(number, since):
                time.sleep(TICK_SECONDS)
                continue
            piece = self._script.piece(ask, number)
            yield piece
            if piece.finish is not None:
                return
            number += 1


def create(settings: WorkerSettings) -> ScriptedBackend:
    """Raises BackendError unless ARENA_ALLOW_SCRIPTED is set: no voter ever votes on a script."""
    if not settings.allow_scripted:
        raise BackendError("unavailable", "scripted answers are off: ARENA_ALLOW_SCRIPTED")
    return ScriptedBackend()
