"""Options for a model at an endpoint, which a version stores as checked JSON.

Site and worker read them in the same way: the site when an operator saves a version, the worker
when it sends a request. What a worker has learned in a probe comes back in the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from inference_worker.wire import grounding_formats
from inference_worker.wire.picture_resize import PictureResize

Parameter = Literal["max_tokens", "temperature", "seed", "stream", "stream_options"]
PARAMETERS: tuple[Parameter, ...] = get_args(Parameter)
"""The parameters that are sent unless the endpoint refuses them."""

MOST_CHARACTERS = 4_000
MOST_DEPTH = 6
_OURS = frozenset(
    {
        *PARAMETERS,
        *("model", "messages", "max_completion_tokens", "max_output_tokens", "n", "best_of"),
        *("api_key", "key", "authorization", "headers", "extra_headers", "extra_query"),
        *("extra_body", "top_p", "top_k", "min_p", "system", "input", "prompt", "tools"),
    }
)
"""The conditions of a battle, equal for both sides, and what has a place of its own."""

ReasoningMark = Annotated[str, Meta(min_length=1, max_length=60)]


class MalformedOptions(ValueError):
    """These are no options; the message is a sentence for whoever typed them."""


class EndpointOptions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The options, each with what holds where it is left out."""

    extra_body: dict[str, Any] = {}
    """Added to each request as it is, such as ``chat_template_kwargs``."""
    omit: tuple[Parameter, ...] = ()
    """Parameters that the endpoint refuses, and that are left out."""
    length_parameter: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """The name under which the endpoint takes the most tokens of an answer."""
    thinks: bool = False
    """The model reasons before it answers: it gets room for that beside the answer's own."""
    reasoning_marks: tuple[ReasoningMark, ReasoningMark] | None = None
    """The words that open and close a trace within the text, where no known marks do."""
    reasoning_from_start: bool = False
    """The template opens the trace, so the text begins inside it."""
    max_images: Annotated[int, Meta(ge=1, le=100)] | None = None
    """The most pictures of one question; None where nobody knows."""
    grounding: str = ""
    """The format in which the model writes places into its answers; empty for none."""
    picture_resize: PictureResize | None = None
    """The size of a picture as the model sees it, for a format that counts its pixels."""
    silence_seconds: Annotated[float, Meta(ge=1, le=3600)] | None = None
    """The longest silence of the endpoint; None lets it think for as long as an answer may take."""

    def __post_init__(self) -> None:
        """Raise ValueError for a body that says what the arena says itself, or is too deep."""
        taken = sorted(name for name in self.extra_body if name.lower() in _OURS)
        if taken:
            raise ValueError(f"extra_body: the arena itself says {', '.join(taken)}")
        grounding_formats.checked(self.grounding)
        if _depth(self.extra_body) > MOST_DEPTH:
            raise ValueError(f"extra_body: lies deeper than {MOST_DEPTH} levels")

    def to_json(self) -> str:
        """Return the shortest JSON that ``parse`` makes the same options of; empty for none."""
        text = msgspec.json.encode(self, order="sorted").decode()
        return "" if text == "{}" else text


def parse(text: str) -> EndpointOptions:
    """Return the options that a JSON text holds; an empty one holds none.

    Raises MalformedOptions.
    """
    if not text.strip():
        return EndpointOptions()
    if len(text) > MOST_CHARACTERS:
        raise MalformedOptions(f"more than {MOST_CHARACTERS} characters")
    try:
        return msgspec.json.decode(text, type=EndpointOptions)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedOptions(str(error)) from None


def checked(data: Mapping[str, Any]) -> EndpointOptions:
    """Return the options that a JSON object holds. Raises MalformedOptions."""
    try:
        return parse(msgspec.json.encode(data).decode())
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedOptions(f"not JSON: {error}") from None


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        return 0
    return 1 + max((_depth(one) for one in inner), default=0)
