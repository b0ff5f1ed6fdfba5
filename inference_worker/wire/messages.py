"""What crosses between site and worker, as frozen dataclasses with a JSON form.

Decoding is strict: an unknown or a missing field raises ``MalformedMessage``, because a message
that one side understands differently is worse than one that is refused. A field with a default may
be missing and is not sent while it has it: so a message grows while two releases run side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

Side = Literal["a", "b"]
SIDES: tuple[Side, ...] = get_args(Side)

Status = Literal["ended", "failed", "lost"]
"""``ended`` and ``failed`` are final; ``lost`` means: another attempt owns the side."""

FailureCode = Literal["overloaded", "timeout", "refused", "empty", "unavailable", "internal"]
"""The closed set of reasons that may reach a voter. The same six for every model and backend."""
FAILURE_CODES: tuple[FailureCode, ...] = get_args(FailureCode)

Finish = Literal["stop", "length"]

TRIAL = "probe-"
"""How the stream of a trial begins; a battle's is random."""

MOST_REASON = 300
"""Characters of a failure's reason."""

DEFAULT_QUEUE = "inference"
"""Where a worker listens that was not told otherwise."""


class MalformedMessage(ValueError):
    """The other side sent something that is not a message of this wire."""


class _Message:
    """JSON form of a frozen dataclass; nested messages name their class in ``NESTED``."""

    __slots__ = ()
    NESTED: Mapping[str, type[_Message]] = {}

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers; ``from_json`` takes it back."""
        data: dict[str, Any] = asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        return {name: value for name, value in data.items() if value != self._defaults().get(name)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises MalformedMessage unless ``data`` has exactly the fields of this class."""
        names = {field.name for field in fields(cls)}  # type: ignore[arg-type]  # as above
        if not isinstance(data, Mapping) or {*data, *cls._defaults()} != names:
            raise MalformedMessage(f"{cls.__name__} has the fields {sorted(names)}")
        values = {name: cls._decode(name, value) for name, value in data.items()}
        return cls(**values)

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        known = fields(cls)  # type: ignore[arg-type]  # as above
        return {field.name: field.default for field in known if field.default is not MISSING}

    @classmethod
    def _decode(cls, name: str, value: Any) -> Any:
        nested = cls.NESTED.get(name)
        if nested is not None:
            return nested.from_json(value)
        return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class ModelSpec(_Message):
    """Which model answers, and how. Immutable, as the model version that it was made from."""

    backend: str
    """Name of a module in ``inference_worker/backends``."""
    source: str
    """``shipped:SLUG``, a folder that the worker sees, a Hub id, or a name at an endpoint."""
    revision: str
    """Commit of a Hub repository, or SHA-256 of a folder's weights; empty where unknown."""
    base_url: str
    """Endpoint of a remote backend; empty for an in-process one."""
    sealed_key: str
    """Ciphertext of the endpoint's key; empty where none is needed."""


@dataclass(frozen=True, slots=True)
class Turn(_Message):
    """What the voter asked: a prompt, and the images by their SHA-256 in the blob store."""

    prompt: str
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits(_Message):
    """The conditions of an answer; equal for both sides of a battle and stored with it."""

    max_new_tokens: int
    max_characters: int
    temperature: float
    seconds: float
    """Wall time from the claim until the answer is cut as a ``timeout``."""


@dataclass(frozen=True, slots=True)
class GenerationRequest(_Message):
    """One attempt at one side's answer."""

    stream: str
    side: Side
    attempt: int
    fence: str
    """Secret of this attempt; who doesn't hold it can write nothing."""
    queue: str
    model: ModelSpec
    turn: Turn
    limits: Limits

    @property
    def is_trial(self) -> bool:
        """Whether an operator's question is answered, and no voter's."""
        return self.stream.startswith(TRIAL)

    NESTED = {"model": ModelSpec, "turn": Turn, "limits": Limits}


@dataclass(frozen=True, slots=True)
class Outcome(_Message):
    """How an attempt ended. ``text`` is exactly the concatenation of the attempt's deltas."""

    stream: str
    side: Side
    attempt: int
    fence: str
    status: Status
    code: str
    """A FailureCode when failed, else empty."""
    text: str
    finish: Finish
    tokens: int
    first_text_ms: int
    total_ms: int
    worker: str
    revision: str
    """The revision that the worker really loaded."""
    reason: str = ""
    """Why a trial failed, in the worker's words: for operators alone, and empty in a battle."""
