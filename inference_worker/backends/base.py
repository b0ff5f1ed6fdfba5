"""What a backend is: it pins, weighs and loads a model, and the model makes tokens.

An in-process model is a ``Batch``: requests join it, it steps, they leave; nobody but its one lane
calls it. A remote one is a ``Remote``: it streams, from as many threads as there are requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from inference_worker.wire.messages import FailureCode, Finish, ModelSpec


class BackendError(Exception):
    """Why no answer can be made: a code of the closed set, and a reason for operators alone: it
    reaches the log, and the note of a trial."""

    def __init__(self, code: FailureCode, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as a model sees it."""

    id: str
    prompt: str
    images: tuple[bytes, ...]
    """Encoded, as the voter sees them."""
    max_new_tokens: int
    temperature: float
    """0 takes the likeliest token each time."""
    seed: int
    seconds: float
    """What is left of the request's time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one step, or one message of an endpoint, adds to one answer."""

    id: str
    text: str
    tokens: int = 1
    finish: Finish | None = None


@runtime_checkable
class Batch(Protocol):
    """A model in this process; its one lane calls it from one thread."""

    revision: str
    device: str
    slots: int
    """How many requests fit at once."""
    light: bool
    """A step takes about a millisecond and never waits: may share a thread with other models."""

    def join(self, ask: Ask) -> None:
        """Take a request in; its first piece comes from the next step. Raises BackendError."""

    def step(self) -> list[Piece]:
        """Make about one token for each request inside; a piece with ``finish`` has left."""

    def leave(self, id: str) -> None:
        """Drop a request; one that isn't inside is no error."""


@runtime_checkable
class Remote(Protocol):
    """A model behind an endpoint."""

    revision: str
    device: str

    def stream(self, ask: Ask, wanted: Callable[[], bool]) -> Iterator[Piece]:
        """The last piece has ``finish``; ends early once unwanted. Raises BackendError."""


Model = Batch | Remote


class Backend(Protocol):
    """One module of this folder; its ``create(settings)`` gives this."""

    def pin(self, spec: ModelSpec) -> ModelSpec:
        """The same with its revision filled in. Raises BackendError unless it may be used."""

    def weigh(self, spec: ModelSpec) -> int:
        """Megabytes that the loaded model takes; 0 for one that runs elsewhere."""

    def load(self, spec: ModelSpec) -> Model:
        """May take long. Raises BackendError."""
