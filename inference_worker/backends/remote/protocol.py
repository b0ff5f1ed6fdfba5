"""The interface of a protocol: how a question is written in it, and how its answer is read."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from inference_worker.backends.base import GenerationInput
from inference_worker.wire.endpoint_options import EndpointOptions
from inference_worker.wire.messages import Finish

_MEDIA_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """The tokens that an endpoint has counted so far; None where it does not say."""

    completion: int | None = None
    """All tokens that the model has made."""
    reasoning: int | None = None
    """The tokens that were not part of the answer."""


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """The part of an answer that one message of an endpoint brings."""

    text: str = ""
    reasoning: str = ""
    finish: Finish | None = None
    """The answer has ended, and how; a count of tokens may still follow."""
    usage: TokenUsage | None = None
    model: str = ""
    """Which model answers, by the endpoint's own words."""
    is_last: bool = False
    """True for the last message."""


class EndpointProtocol(Protocol):
    """A protocol, such as OpenAI's chat completions."""

    path: str
    """The path after the base URL for a question."""

    def headers(self, key: str) -> Mapping[str, str]:
        """Return the headers of a request; ``key`` is empty where there is none."""

    def body(
        self, ask: GenerationInput, *, source: str, options: EndpointOptions, most_tokens: int
    ) -> dict[str, Any]:
        """Return the request's JSON, without what the options leave out."""

    def thinks(self, options: EndpointOptions) -> bool:
        """Return whether the model is asked to reason first."""

    def parts(self, message: Any) -> Iterator[AnswerPart]:
        """Yield what a message of the answer says; what is not known says nothing.

        Raises EndpointError where it tells of a failure, BackendError where the model declines.
        """


def media_type(image: bytes) -> str:
    """Return the media type of an encoded picture."""
    return next(
        (name for start, name in _MEDIA_TYPES.items() if image.startswith(start)), "image/png"
    )


def base64_of(image: bytes) -> str:
    """Return a picture's bytes as text."""
    return base64.b64encode(image).decode()


def count(value: Any) -> int | None:
    """Return a number of tokens; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
