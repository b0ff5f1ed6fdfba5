"""The outermost layer of both entries, around Django: headers on every answer, 400 for no request.

Django makes its request object before any middleware runs. What it can't make one of, such as a
query that is no UTF-8 or a charset that names a codec for bytes, would leave it as an exception or
as an answer of the bare handler. Such a request is answered here, with the site's own page.
"""

from __future__ import annotations

import codecs
import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from django.http.multipartparser import MultiPartParser
from django.template.loader import render_to_string
from django.utils.http import parse_header_parameters

from arena.core.errors import DomainError
from arena.core.web.problems import MEDIA_TYPE, is_for_programs, problem_body
from arena.core.web.security_headers import missing_headers

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Any, Send], Awaitable[None]]
Headers = list[tuple[str, str]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_LENGTH = re.compile(r"[0-9]{1,18}")
_UTF8 = {"", "utf-8", "utf8"}
_STATUS = "400 Bad Request"


class AsgiEdge:
    """A wrapper around an ASGI application for HTTP."""

    def __init__(self, application: Asgi) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        answer = _EdgeResponse(send)
        kind, length = headers.get(b"content-type", ""), headers.get(b"content-length", "")
        query = scope.get("query_string", b"")
        if _is_understood(kind, length, scope["path"], query):
            try:
                await self.application(scope, receive, answer.send)
            except ValueError as error:  # UnicodeError is one
                if answer.begun:
                    raise
                log.warning("a request was not understood: %s", type(error).__name__)
            else:
                return
        await answer.refuse(headers.get(b"accept", ""), scope["path"])


class _EdgeResponse:
    """A response on its way out, which gets the headers that it lacks."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            said = list(message.get("headers", []))
            more = missing_headers(name.decode("latin-1") for name, _ in said)
            message = {**message, "headers": [*said, *_encoded(more.items())]}
        await self._send(message)

    async def refuse(self, accept: str, path: str) -> None:
        headers, body = _refusal(accept, path)
        start = {"status": DomainError.status, "headers": _encoded(headers)}
        await self.send({"type": "http.response.start", **start})
        await self.send({"type": "http.response.body", "body": body})


class WsgiEdge:
    """A wrapper around a WSGI application."""

    def __init__(self, application: Wsgi) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def dressed(status: str, headers: Headers, *error: Any) -> Any:
            more = missing_headers(name for name, _ in headers)
            return start_response(status, [*headers, *more.items()], *error)

        query = environ.get("QUERY_STRING", "").encode("latin-1", "replace")
        path = environ.get("PATH_INFO", "")
        kind, length = environ.get("CONTENT_TYPE", ""), environ.get("CONTENT_LENGTH", "")
        if _is_understood(kind, length, path, query):
            try:
                return self.application(environ, dressed)
            except ValueError as error:
                log.warning("a request was not understood: %s", type(error).__name__)
        said, body = _refusal(environ.get("HTTP_ACCEPT", ""), path)
        dressed(_STATUS, said)
        return [body]


def _is_understood(kind: str, length: str, path: str, query: bytes) -> bool:
    """Return whether Django, and the database behind it, can make anything of such a request."""
    if length and not _LENGTH.fullmatch(length):
        return False
    if "\0" in path or b"%00" in query or b"\0" in query:
        return False
    try:
        query.decode()
        name, parameters = parse_header_parameters(kind)
        codecs.lookup(parameters.get("charset", "utf-8"))
    except (ValueError, LookupError):
        return False
    if name not in _FORMS:
        return True
    if parameters.get("charset", "").lower() not in _UTF8:
        return False  # a form's charset is UTF-8, as every page of ours sends it
    boundary = parameters.get("boundary", "")
    return name != "multipart/form-data" or bool(MultiPartParser.boundary_re.fullmatch(boundary))


def wants_json(accept: str) -> bool:
    """Return whether such an Accept header is a script's, and no browser's form's."""
    return "json" in accept and "text/html" not in accept


def _refusal(accept: str, path: str) -> tuple[Headers, bytes]:
    """A page for a browser, JSON for a script, as everywhere on the site."""
    if is_for_programs(path):
        return _described(MEDIA_TYPE, problem_body(DomainError))
    if wants_json(accept):
        error = {"code": DomainError.code, "message": str(DomainError.message)}
        return _described("application/json", json.dumps({"error": error}))
    return _described("text/html; charset=utf-8", render_to_string("400.html"))


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers]


def _described(kind: str, text: str) -> tuple[Headers, bytes]:
    body = text.encode()
    headers = [("content-type", kind), ("content-length", str(len(body)))]
    return [*headers, ("cache-control", "no-store")], body
