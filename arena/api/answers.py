"""Form, ETag, compression and cache of the answers."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import ResolverMatch
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from pydantic import BaseModel

from arena.api.formats import MEDIA_TYPES, Form, as_csv, as_parquet
from arena.core.kept import BriefCache
from arena.core.web.network import network_bucket
from arena.core.web.problems import MEDIA_TYPE, problem
from arena.gates.services import ReaderAllowance, admit_reader

KEPT_SECONDS = 0.25
"""For this time a process answers the same request with the same bytes, of one whole snapshot."""
MOST_KEPT, MOST_KEPT_BYTES = 256, 250_000
"""The largest number of answers that are kept, and the largest size of one."""
FRESH = "public, max-age=1"
"""The board moves within a second of a vote; a cache may not hide that for longer."""
FOREVER = "public, max-age=31536000, immutable"
LANGUAGE_COOKIE = settings.LANGUAGE_COOKIE_NAME
WORTH_PACKING = 1_000
"""Bytes from which on compression saves a packet."""
EXPOSED = "ETag, Link, Retry-After, RateLimit, RateLimit-Policy"


@dataclass(frozen=True, slots=True)
class Content:
    """The thing that is said: a document, and the same as rows where it is a table.

    ``document`` may be the bytes themselves. What is ``immutable`` never changes under its
    address; ``cursor`` is where the next page begins, empty on the last.
    """

    document: BaseModel | bytes | list[Any] | dict[str, Any]
    row: type[BaseModel] | None = None
    rows: Sequence[BaseModel] = ()
    cursor: str = ""
    immutable: bool = False
    media_type: str = ""

    def written(self, form: Form) -> tuple[bytes, str]:
        """Return the bytes in a form and their media type; what is no table is JSON in any."""
        if self.row is not None and form == "csv":
            return as_csv(self.row, self.rows), "text/csv; charset=utf-8"
        if self.row is not None and form == "parquet":
            return as_parquet(self.row, self.rows), MEDIA_TYPES[form]
        media_type = self.media_type or MEDIA_TYPES["json"]
        if isinstance(self.document, bytes):
            return self.document, media_type
        if isinstance(self.document, BaseModel):
            return self.document.model_dump_json().encode(), media_type
        return json.dumps(self.document, ensure_ascii=False).encode(), media_type


@dataclass(frozen=True, slots=True)
class PackedAnswer:
    """Bytes ready to be sent; ``packed`` is empty where compression is not worth it."""

    body: bytes
    packed: bytes
    media_type: str
    tag: str
    cursor: str
    immutable: bool
    language: str
    route: ResolverMatch | None
    """The name under which requests are counted."""

    @classmethod
    def of(cls, content: Content, request: HttpRequest) -> PackedAnswer:
        """Return the answer in the form that is wanted. Its tag is a hash of its bytes."""
        form = wanted_form(request)
        body, media_type = content.written(form)
        packed = gzip.compress(body, 6, mtime=0) if len(body) >= WORTH_PACKING else b""
        tag = hashlib.sha256(body).hexdigest()
        language = get_language() or ""
        return cls(
            body=body,
            packed=packed,
            media_type=media_type,
            tag=tag,
            cursor=content.cursor,
            immutable=content.immutable,
            language=language,
            route=request.resolver_match,
        )


KEPT: BriefCache[PackedAnswer] = BriefCache(MOST_KEPT, KEPT_SECONDS)


def kept_answer(request: HttpRequest) -> HttpResponse | None:
    """Return what was just said to the same question; None where it has to be made.

    Raises TooMany.
    """
    answer = KEPT.get(question_of(request))
    if answer is None:
        return None
    request.resolver_match = answer.route
    return send(request, answer)


def respond(
    request: HttpRequest, make: Callable[[], Content], kept: float = KEPT_SECONDS
) -> HttpResponse:
    """Return a new answer to a reader's question, and keep it for a moment. Raises TooMany."""
    allowance = admit_reader(network=network_bucket(request))
    answer = PackedAnswer.of(make(), request)
    if len(answer.body) <= MOST_KEPT_BYTES:
        KEPT.keep(question_of(request), answer, kept)
    return send(request, answer, allowance)


def question_of(request: HttpRequest) -> tuple[Any, ...]:
    """Return all that an answer is a function of beside the arena itself."""
    meta = request.META
    address = (request.scheme, request.get_host(), request.path, meta.get("QUERY_STRING", ""))
    language = meta.get("HTTP_ACCEPT_LANGUAGE", ""), request.COOKIES.get(LANGUAGE_COOKIE, "")
    return (*address, meta.get("HTTP_ACCEPT", ""), *language)


def send(
    request: HttpRequest, answer: PackedAnswer, allowance: ReaderAllowance | None = None
) -> HttpResponse:
    """Return the response for a reader, who is admitted here if not before. Raises TooMany."""
    allowance = allowance or admit_reader(network=network_bucket(request))
    meta = request.META
    packs = bool(answer.packed) and accepts_gzip(meta.get("HTTP_ACCEPT_ENCODING", ""))
    # A strong tag names bytes as they are sent, so the packed ones have a weak one.
    tag = f'W/"{answer.tag}"' if packs else f'"{answer.tag}"'
    known = meta.get("HTTP_IF_NONE_MATCH") == tag
    sent = HttpResponseNotModified() if known else get_conditional_response(request, etag=tag)
    if sent is None:
        body = answer.packed if packs else answer.body
        sent = HttpResponse(body, content_type=answer.media_type)
        if packs:
            sent["Content-Encoding"] = "gzip"
        if answer.cursor:
            query = request.GET.copy()
            query["cursor"] = answer.cursor
            sent["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    sent["Content-Length"] = str(len(sent.content))  # else a server sends it in pieces
    sent["ETag"] = tag
    sent["Cache-Control"] = FOREVER if answer.immutable else FRESH
    sent["Vary"] = "Accept, Accept-Encoding, Accept-Language"
    sent["Content-Language"] = answer.language
    response = open_to_all(sent)
    limit, window = allowance.limit, allowance.window_seconds
    # As the IETF's draft on RateLimit fields spells it.
    response["RateLimit-Policy"] = f'"reads";q={limit};w={window}'
    response["RateLimit"] = f'"reads";r={allowance.left};t={allowance.seconds_left}'
    return response


def wanted_form(request: HttpRequest) -> Form:
    """Return the form that the address asks for, else the one that the program accepts best."""
    asked = request.GET.get("format")
    if asked in MEDIA_TYPES:
        return asked
    accepted = request.get_preferred_type(list(MEDIA_TYPES.values()))
    return next((form for form, kind in MEDIA_TYPES.items() if kind == accepted), "json")


def accepts_gzip(header: str) -> bool:
    """Return whether an Accept-Encoding header takes gzip, and not with a weight of zero."""
    weights = {
        name.strip().lower(): weight.strip().removeprefix("q=")
        for name, _, weight in (part.partition(";") for part in header.split(","))
    }
    weight = weights.get("gzip", "0")
    return weight == "" or weight.strip("0.") != ""


def open_to_all(response: HttpResponse) -> HttpResponse:
    """Let pages of any site read it: there is nothing personal in it and no cookie counts."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = EXPOSED
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def refusal(status: int, code: str, message: str) -> HttpResponse:
    """Return a problem document that any page may read."""
    body = json.dumps(problem(status, code, message), ensure_ascii=False)
    return open_to_all(HttpResponse(body, content_type=MEDIA_TYPE, status=status))
