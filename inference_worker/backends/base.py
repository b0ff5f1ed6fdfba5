"""The interface of a backend: it pins, measures and loads a model, which generates tokens.

A model in this process is a ``BatchModel``: requests join it, it steps, they leave; only the thread
of its queue calls it. A ``StreamingModel`` answers elsewhere, to as many threads as there are
requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from inference_worker.wire.capacity import MemoryBudget
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.messages import FailureCode, Finish, ModelSpec

NO_MEMORY = r"MemoryError|out of memory|not enough memory|can't allocate memory"
"""Kinds and words of the errors that Python and torch raise where memory runs out."""


class BackendError(Exception):
    """Why no answer can be made: a code of the closed set, and for operators alone a reason, which
    reaches the log and the report of a probe, and a cause, for which the site knows the way out."""

    def __init__(self, code: FailureCode, reason: str, cause: FailureCause = "other") -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.cause = cause


def error_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what it was raised from or during, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """The conditions under which a model samples its tokens."""

    max_new_tokens: int
    temperature: float
    """0 takes the likeliest token each time."""
    seed: int
    max_reasoning_tokens: int = 0
    """The room for a trace before the answer, for a model that thinks; 0 gives none."""


@dataclass(frozen=True, slots=True)
class AnsweredTurn:
    """A turn of the conversation that has an answer of this model already."""

    prompt: str
    images: tuple[bytes, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class GenerationInput:
    """A request as a model sees it."""

    id: str
    prompt: str
    images: tuple[bytes, ...]
    """Encoded, as the voter sees them."""
    sampling: SamplingParams
    seconds: float
    """The remaining time of the request."""
    earlier: tuple[AnsweredTurn, ...] = ()
    """The turns before this one, the oldest first."""
    is_background: bool = False
    """True for a request that gives way to all others of the process."""

    @property
    def all_images(self) -> tuple[bytes, ...]:
        """Return the pictures of the whole conversation, in their order."""
        return (*(one for turn in self.earlier for one in turn.images), *self.images)

    @property
    def all_words(self) -> str:
        """Return the words of the whole conversation: no log and no error may repeat them."""
        said = (word for turn in self.earlier for word in (turn.prompt, turn.answer))
        return "\n".join((*said, self.prompt))


@dataclass(frozen=True, slots=True)
class TokenDelta:
    """The text that one step, or one message of an endpoint, adds to one answer."""

    id: str
    text: str
    tokens: int = 1
    """An estimate until the last piece, which sets it right and may take some back."""
    finish: Finish | None = None
    kind: Literal["answer", "reasoning"] = "answer"
    """Reasoning is no part of the answer, and no voter reads it before the vote."""
    prompt_tokens: int = 0
    """The tokens of the prompt, in the first piece of a model that counts them."""
    pictures: tuple[tuple[int, int], ...] = ()
    """Width and height of each picture of the conversation as the model sees it, in the first piece
    of a model that knows them."""


@runtime_checkable
class BatchModel(Protocol):
    """A model in this process; its queue calls it from one thread."""

    revision: str
    device: str
    slots: int
    """The number of requests that fit at once."""
    light: bool
    """A step takes about a millisecond and never waits: may share a thread with other models."""

    def join(self, ask: GenerationInput) -> None:
        """Take a request in; its first piece comes from the next step. Raises BackendError."""

    def step(self) -> list[TokenDelta]:
        """Make about one token for each request inside; a piece with ``finish`` has left."""

    def leave(self, id: str) -> None:
        """Drop a request; one that isn't inside is no error."""


@runtime_checkable
class StreamingModel(Protocol):
    """A model behind an endpoint."""

    revision: str
    device: str

    @property
    def learned(self) -> str:
        """The options that the version should have, by what its calls have taught, as JSON; empty
        where it has them."""

    @property
    def remark(self) -> str:
        """A sentence for operators on the answers that came; empty where all is as it should."""

    def stream(self, ask: GenerationInput, wanted: Callable[[], bool]) -> Iterator[TokenDelta]:
        """The last piece has ``finish``; ends early once unwanted. Raises BackendError."""


Model = BatchModel | StreamingModel


class Backend(Protocol):
    """A backend, as the ``create(settings)`` of a module of this folder returns it."""

    def resolve_revision(self, spec: ModelSpec) -> ModelSpec:
        """The same with its revision filled in. Raises BackendError unless it may be used."""

    def memory_mb(self, spec: ModelSpec) -> int:
        """Megabytes that the loaded model takes; 0 for one that runs elsewhere."""

    def load(self, spec: ModelSpec) -> Model:
        """Load the model, which may take long. Raises BackendError."""


@runtime_checkable
class DeviceBackend(Backend, Protocol):
    """A backend whose models take memory of a device of this machine."""

    def memory_budget(self) -> MemoryBudget:
        """Return what all its models together may take on the device; quick after the first
        call."""

    def fetch(self, spec: ModelSpec, tell: Callable[[int], None]) -> None:
        """Bring a model's files to this machine unless they are here; ``tell`` takes the percent
        that is there. May take long. Raises BackendError."""


@runtime_checkable
class MeasuringBackend(Backend, Protocol):
    """A backend that can say how much memory its models really take."""

    def used_mb(self) -> int:
        """Return the megabytes that are taken on its device now; 0 where that is not known."""


@runtime_checkable
class RemoteBackend(Backend, Protocol):
    """A backend of models at endpoints."""

    def names(self, *, base_url: str, sealed_key: str) -> tuple[str, ...]:
        """Return the names of the models at an endpoint. Raises BackendError."""
