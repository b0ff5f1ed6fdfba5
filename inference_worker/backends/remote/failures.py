"""Failures of an endpoint: a code for voters, a sentence with the remedy for operators.

The codes are the closed set of the wire. The sentence gives the cause, then the status, then the
endpoint's own words.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2 as httpx

from inference_worker.backends.base import BackendError, error_chain
from inference_worker.backends.remote.own_words import (
    ConfidentialTexts,
    cleaned,
    field_of,
    sentence_of,
)
from inference_worker.backends.remote.transport import UnwantedAnswer
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.endpoints import ForbiddenEndpoint
from inference_worker.wire.messages import FailureCode

_CAUSES: dict[int, tuple[FailureCode, str, FailureCause]] = {
    400: ("refused", "the endpoint refuses the request", "request_refused"),
    401: ("unavailable", "the endpoint doesn't accept the key, or needs one", "unauthorized"),
    402: (
        "unavailable",
        "the endpoint asks for payment: the account has no credit left",
        "payment",
    ),
    403: ("unavailable", "the key may not use this model", "forbidden"),
    404: (
        "unavailable",
        "the endpoint has no such model or path; check the model's name, and the address up to /v1",
        "no_model",
    ),
    405: (
        "unavailable",
        "nothing takes questions at this address; does it end where it should?",
        "no_model",
    ),
    408: ("timeout", "the endpoint gave up the request", "timeout"),
    413: ("refused", "the request is too large for the endpoint", "request_refused"),
    422: ("refused", "the endpoint refuses the request", "request_refused"),
    429: (
        "overloaded",
        "the endpoint's limit of requests, or the account's credit, is used up",
        "rate_limited",
    ),
    451: ("refused", "the endpoint may not answer this", "declined"),
    500: ("unavailable", "the endpoint broke while it answered", "server_error"),
    502: ("unavailable", "what stands before the endpoint can't reach it", "server_error"),
    503: ("overloaded", "the endpoint is overloaded, or still loads its model", "overloaded"),
    504: ("unavailable", "what stands before the endpoint got no answer from it", "server_error"),
    529: ("overloaded", "the endpoint is overloaded", "overloaded"),
}
_OTHER: tuple[FailureCode, str, FailureCause] = (
    "unavailable",
    "the endpoint answers with an error",
    "other",
)

# What a refusal is about, by its words: the first that is found.
_SUBJECTS: tuple[tuple[str, FailureCode, str, FailureCause], ...] = (
    (
        r"at most \d+ (?:image|picture)|too many (?:image|picture)|limit.mm.per.prompt",
        "refused",
        "the endpoint takes fewer pictures in one question",
        "too_many_pictures",
    ),
    (
        r"\b(?:data:?[ -]?ur[il]s?|base64)\b.{0,60}(?:not |n't |un)(?:be )?"
        r"(?:support|allow|accept)"
        r"|only\b.{0,30}https?\b.{0,40}(?:url|image|picture|supported|allowed|accepted)",
        "refused",
        "the endpoint takes pictures by link alone, and the arena sends their bytes",
        "pictures_by_link",
    ),
    (
        r"(?:not|n't|un)\b\s?(?:support|accept|take|a)\w*\b.{0,30}(?:image|vision|multi-?modal)"
        r"|(?:image|vision|multi-?modal)\w*\b.{0,60}(?:not |n't |un)"
        r"(?:support|enabl|accept|allow)"
        r"|image_url is only supported|text[- ]only",
        "refused",
        "text only: the model behind the endpoint takes no pictures",
        "text_only",
    ),
    (
        r"model\b.{0,80}(?:not found|not exist|n't exist|unknown|not available)"
        r"|(?:no such|unknown|invalid) model",
        "unavailable",
        "the endpoint has no model of this name",
        "no_model",
    ),
    (
        r"context (?:length|window)|maximum length|too long",
        "refused",
        "question and limits together don't fit into the model's context",
        "context_too_small",
    ),
)


class EndpointStatus(Exception):
    """The endpoint answers with another status than 200; ``body`` is its JSON, or its text."""

    def __init__(self, status: int, body: Any, location: str = "") -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body
        self.location = location


class EndpointError(Exception):
    """The endpoint says in the middle of its answer that it failed."""

    def __init__(self, body: Any) -> None:
        super().__init__("an error in the answer")
        self.body = body

    @property
    def status(self) -> int:
        """The HTTP status that its words stand for; 0 where they name none."""
        for name in ("code", "status", "http_status"):
            if str(number := field_of(self.body, name)).isdecimal():
                return int(number)
        kind = str(field_of(self.body, "type") or field_of(self.body, "code"))
        return next((status for word, status in _KINDS if word in kind.lower()), 0)


_KINDS = (
    ("overloaded", 529),
    ("rate_limit", 429),
    ("insufficient_quota", 429),
    ("authentication", 401),
    ("permission", 403),
    ("not_found", 404),
    ("invalid_request", 400),
    ("too_large", 413),
    ("timeout", 408),
    ("billing", 402),
)


_WITHIN = "an error within the answer"
_VAGUE: tuple[FailureCause, ...] = ("other", "server_error", "request_refused")
"""The sentence for an error within an answer that names no cause."""


@contextmanager
def as_backend_errors(hidden: ConfidentialTexts) -> Iterator[None]:
    """Turn whatever a call may raise into a BackendError; an answer that is unwanted just ends."""
    try:
        yield
    except UnwantedAnswer:
        return
    except EndpointStatus as error:
        if 300 <= error.status < 400:
            raise BackendError("unavailable", _redirect(error), "redirect") from None
        raise _judged(error.status, f"status {error.status}", error.body, hidden) from None
    except EndpointError as error:
        raise _judged(error.status, _WITHIN, error.body, hidden) from None
    except ForbiddenEndpoint as error:
        raise BackendError("unavailable", str(error), "forbidden_address") from None
    except (httpx.InvalidURL, UnicodeError):
        said = "the endpoint's address or key has characters that HTTP can't carry"
        raise BackendError("unavailable", said, "bad_key") from None
    except httpx.HTTPError as error:
        raise _broken(error, hidden) from None


def _judged(status: int, kind: str, body: Any, hidden: ConfidentialTexts) -> BackendError:
    """Return the failure that a status and the endpoint's own words amount to."""
    words = sentence_of(body)
    code, sentence, cause = _CAUSES.get(status, _OTHER if status < 500 else _CAUSES[500])
    said = cleaned(words, hidden)
    # Words that repeat the question could be a voter's: they name no cause.
    if said and status in (0, 400, 404, 415, 422, 500):
        for pattern, *found in _SUBJECTS:
            if re.search(pattern, words, re.IGNORECASE):
                code, sentence, cause = cast("tuple[FailureCode, str, FailureCause]", found)
                break
    if kind == _WITHIN and cause in _VAGUE:
        cause = "stream_error"
    whole = f"{sentence} ({kind}): {said}" if said else f"{sentence} ({kind})"
    return BackendError(code, whole, cause)


def _redirect(error: EndpointStatus) -> str:
    try:
        host = urlsplit(error.location).hostname or "another path"
    except ValueError:
        host = "another address"
    host = "".join(letter for letter in host[:80] if letter.isprintable())
    return (
        f"the endpoint redirects to {host}, which is not followed (status {error.status});"
        " register the address that answers itself"
    )


def _broken(error: httpx.HTTPError, hidden: ConfidentialTexts) -> BackendError:
    words = cleaned(str(error), hidden)
    if isinstance(error, httpx.ConnectTimeout):
        said = "nothing answers at the endpoint's address in time"
        return BackendError("timeout", said, "nothing_listens")
    if isinstance(error, httpx.TimeoutException):
        return BackendError("timeout", "the endpoint does not take the request in time", "timeout")
    refused = isinstance(error, httpx.ConnectError)
    if refused and any(isinstance(one, ssl.SSLError) for one in error_chain(error)):
        said = f"the endpoint's certificate is not accepted: {words}"
        return BackendError("unavailable", said, "certificate")
    if refused:
        said = f"nothing listens at the endpoint's address: {words}"
        return BackendError("unavailable", said, "nothing_listens")
    if isinstance(error, httpx.RemoteProtocolError):
        said = f"the endpoint broke off its answer: {words}"
        return BackendError("unavailable", said, "broke_off")
    said = f"the connection to the endpoint broke: {words}"
    return BackendError("unavailable", said, "broke_off")
