"""What crosses between site and worker, as frozen dataclasses with a JSON form.

Decoding is strict: an unknown or a missing field raises ``MalformedMessage``, because a message
that one side understands differently is worse than one that is refused. A field with a default may
be missing and is not sent while it has it: so a message grows while two releases run side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from math import isfinite
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

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

OUTCOME_QUEUE = "outcomes"
"""Where the site listens to workers. They may put on it and take nothing from it."""

BATTLE_OUTCOME = "arena.battles.finish"
TRIAL_OUTCOME = "arena.catalog.finish_probe"
OUTCOME_TASKS = frozenset({BATTLE_OUTCOME, TRIAL_OUTCOME})
"""The only tasks of the site that a worker may ask for. Each takes one Outcome as JSON."""


class MalformedMessage(ValueError):
    """The other side sent something that is not a message of this wire."""


MOST = 2**31 - 1
"""No whole number on this wire is greater, and none is negative."""


class _Message:
    """JSON form of a frozen dataclass, whose annotations are what ``from_json`` goes by."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers; ``from_json`` takes it back."""
        data: dict[str, Any] = asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        return {name: value for name, value in data.items() if value != self._defaults().get(name)}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Raises MalformedMessage unless ``data`` has exactly the fields of this class, each of
        its type."""
        kinds = get_type_hints(cls)
        names = {field.name for field in fields(cls)}  # type: ignore[arg-type]  # as above
        if not isinstance(data, Mapping) or {*data, *cls._defaults()} != names:
            raise MalformedMessage(f"{cls.__name__} has the fields {sorted(names)}")
        return cls(**{name: _decode(kinds[name], value, name) for name, value in data.items()})

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        known = fields(cls)  # type: ignore[arg-type]  # as above
        return {field.name: field.default for field in known if field.default is not MISSING}


def _decode(kind: Any, value: Any, name: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, _Message):
        return kind.from_json(value)
    if get_origin(kind) is tuple and isinstance(value, list | tuple):
        return tuple(_decode(get_args(kind)[0], one, name) for one in value)
    if not _fits(kind, value):
        raise MalformedMessage(f"{name} has a value of another type")
    return float(value) if kind is float else value


def _fits(kind: Any, value: Any) -> bool:
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    if kind in (str, bool):
        return isinstance(value, kind)
    if kind in (int, float) and isinstance(value, int):
        return not isinstance(value, bool) and 0 <= value <= MOST
    return kind is float and isinstance(value, float) and isfinite(value)


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
