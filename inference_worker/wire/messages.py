"""The messages that cross between site and worker: frozen structs with a JSON form.

Decoding is strict: an unknown or a missing field, or a value outside its type and bounds, raises
``MalformedMessage``, because a message that one side understands differently is worse than one that
is refused. A field with a default may be missing and is not sent while it has its default: so a
message grows while two releases run side by side.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

import msgspec
from msgspec import Meta, Struct

Side = Literal["a", "b"]
SIDES: tuple[Side, ...] = get_args(Side)

Status = Literal["ended", "failed", "lost"]
"""``ended`` and ``failed`` are final; ``lost`` means: another attempt owns the side."""

FailureCode = Literal["overloaded", "timeout", "refused", "empty", "unavailable", "internal"]
"""The closed set of reasons that may reach a voter. The same six for every model and backend."""
FAILURE_CODES: tuple[FailureCode, ...] = get_args(FailureCode)

Finish = Literal["stop", "length", "repetition"]
"""Why an answer ended: its model was done, a limit was reached, or it repeated itself."""

PROBE_STREAM = "probe-"
"""The beginning of the name of a probe's stream; that of a battle is random."""

MOST_REASON = 400
"""Characters of a failure's reason, or of a remark."""

MOST_TURNS = 32
"""Turns of a conversation before the one that is answered."""

TRACE_CHARACTERS = 10
"""Characters of a trace that are kept for each token that it may have."""

MOST_LEARNED = 4_000
"""Characters of the options that a probe proposes."""

DEFAULT_QUEUE = "inference"
"""The queue that a worker serves by default."""

DEFAULT_BACKEND = "transformers"
"""The backend of the shipped models, and of a new version unless its operator chooses another."""

OUTCOME_QUEUE = "outcomes"
"""The queue of outcomes. Workers may put messages on it and take none from it."""

BATTLE_OUTCOME = "arena.battles.finish"
PROBE_OUTCOME = "arena.catalog.finish_probe"
PROBE_REPORT = "arena.catalog.store_report"
EVALUATION_OUTCOME = "arena.evaluation.finish"
SHADOW_OUTCOME = "arena.shadows.finish"
OUTCOME_TASKS = frozenset({BATTLE_OUTCOME, PROBE_OUTCOME, EVALUATION_OUTCOME, SHADOW_OUTCOME})
"""The tasks of the site that a worker may ask for with a GenerationOutcome as JSON. PROBE_REPORT
takes a ProbeOutcome, and is the only other one."""


class MalformedMessage(ValueError):
    """The other side sent something that is not a message of this wire."""


MOST = 2**31 - 1
"""The greatest whole number in a message; none is negative."""

WholeNumber = Annotated[int, Meta(ge=0, le=MOST)]
"""A whole number."""

FiniteNumber = Annotated[float, Meta(ge=0, le=1e12)]
"""A number that may have a fraction; neither infinite nor NaN. A whole number may stand for it."""

RandomName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{0,200}\Z")]
"""A name that was drawn at random: of a battle's stream, or of an attempt's fence."""

ImageDigest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A SHA-256 in hexadecimal."""


class WireMessage(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A message of this wire: its annotations say which values it takes."""

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts, sequences, strings and numbers; ``from_json`` takes them back."""
        return dict(msgspec.to_builtins(self))

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return the message in ``data``.

        Raises MalformedMessage unless ``data`` has the fields of this class and no other, each
        with a value that its annotation takes.
        """
        try:
            return msgspec.convert(data, cls)
        except ValueError as error:
            raise MalformedMessage(f"not a {cls.__name__}: {error}") from error


class ModelSpec(WireMessage, frozen=True):
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
    options: str = ""
    """The ``EndpointOptions`` of a remote model as JSON, the ``ModelOptions`` of any other; empty
    for none."""


class TurnInput(WireMessage, frozen=True):
    """The voter's question: a prompt, and the images by their SHA-256 in the blob store."""

    prompt: str
    images: tuple[ImageDigest, ...]


class EarlierTurn(WireMessage, frozen=True):
    """A turn of the conversation that has its answer: the one that this side's own model gave."""

    prompt: str
    images: tuple[ImageDigest, ...]
    answer: str


class AnswerLimits(WireMessage, frozen=True):
    """The conditions of an answer; equal for both sides of a battle and stored with it."""

    max_new_tokens: WholeNumber
    max_characters: WholeNumber
    temperature: FiniteNumber
    seconds: FiniteNumber
    """Wall time from the claim until the answer is cut as a ``timeout``."""
    max_reasoning_tokens: WholeNumber = 0
    """The most tokens of a trace before the answer, beside ``max_new_tokens``. With 0 no trace is
    reported either: a site that does not say otherwise knows no events of reasoning."""

    @property
    def trace_characters(self) -> int:
        """Return the most characters of a trace."""
        return self.max_reasoning_tokens * TRACE_CHARACTERS


class GenerationRequest(WireMessage, frozen=True):
    """An attempt at the answer of a side."""

    stream: RandomName
    side: Side
    attempt: WholeNumber
    fence: RandomName
    """Secret of this attempt; who doesn't hold it can write nothing."""
    queue: str
    model: ModelSpec
    turn: TurnInput
    """The turn that is to be answered."""
    limits: AnswerLimits
    earlier: Annotated[tuple[EarlierTurn, ...], Meta(max_length=MOST_TURNS)] = ()
    """The turns before it, the oldest first; empty in the first turn."""
    seed: WholeNumber | None = None
    """The seed of sampling; without one it follows from stream and side."""
    is_background: bool = False
    """True for an evaluator's request and a shadow answer, which give way to every other request of
    their worker."""
    grounding: str = ""
    """The format in which this model writes places; empty for one that writes none."""

    @property
    def is_probe(self) -> bool:
        """Return whether an operator's question is answered, and no voter's."""
        return self.stream.startswith(PROBE_STREAM)


class GenerationOutcome(WireMessage, frozen=True):
    """The end of an attempt; ``text`` is exactly the concatenation of the attempt's deltas."""

    stream: RandomName
    side: Side
    attempt: WholeNumber
    fence: RandomName
    status: Status
    code: FailureCode | Literal[""]
    """The reason when it failed, else empty."""
    text: str
    finish: Finish
    tokens: WholeNumber
    first_text_ms: WholeNumber
    total_ms: WholeNumber
    worker: str
    revision: str
    """The revision that the worker really loaded."""
    reason: str = ""
    """Why a probe failed, in the worker's words: for operators alone, and empty in a battle."""
    reasoning: str = ""
    """The concatenation of the attempt's events of reasoning: no part of the answer."""
    reasoning_tokens: WholeNumber = 0
    remark: str = ""
    """A remark for operators on a probe that ended well; empty in a battle."""
    learned: str = ""
    """The ``EndpointOptions`` that the version should have, by what a probe has taught; empty where
    it has them, and in a battle."""
    places: tuple[dict[str, Any], ...] = ()
    """The ``Detection``s of the answer as JSON, in its order."""
    load_ms: WholeNumber = 0
    """The time in which the model was fetched and loaded; not part of the other times."""
    prompt_tokens: WholeNumber = 0
    """The tokens of the whole prompt, pictures included; 0 where they are not known, and except
    for a request in the background."""
