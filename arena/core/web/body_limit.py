"""Limit the body of a request while it arrives, before Django has seen a byte of it.

Django's ASGI handler spools the whole body first, so a limit inside the application comes too late.
A WSGI server reads by Content-Length; there the upload handler and the proxy hold the same limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from arena.core.errors import DomainError, Unavailable, too_many_bytes
from arena.core.web.problems import MEDIA_TYPE, is_for_programs, problem_body

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

BODY_SECONDS = 20.0
"""The time for any body; a longer one gets a second more for each BYTES_PER_SECOND of it."""
BYTES_PER_SECOND = 16 * 1024
BODIES_AT_ONCE = 16
"""All bodies in one process together have at most the size of this many largest ones."""

DISCARDED_LIMITS = 4
"""A body of up to so many times the limit is read to its end, for its sender to hear the answer."""


class TooSlow(DomainError):
    """The body arrives so slowly that it only occupies a connection."""

    status = 408
    code = "too_slow"
    message = _("That came too slowly, so it was not read to its end. Please send it again.")


class BodyLimit:
    """Answers 413 as soon as a body is longer than ``limit`` bytes, 408 if it arrives too slowly,
    and 503 while the other bodies of this process take all the room. A body whose announced length
    is a few times the limit at most is read to its end first, and nothing of it is kept.
    """

    def __init__(self, application: Application, *, limit: int) -> None:
        self.application = application
        self.limit = limit
        self.room = limit * BODIES_AT_ONCE

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        if lengths and lengths[0].isdigit() and int(lengths[0]) > self.limit:
            if int(lengths[0]) <= self.limit * DISCARDED_LIMITS:
                # A browser that is still sending when its connection is closed shows an error of
                # the network in place of the answer.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BODY_SECONDS):
                        while (await receive()).get("more_body", False):
                            pass
            await _refuse(scope, send, too_many_bytes(self.limit))
            return
        body = _CountedBody(self, receive, send)
        try:
            await self.application(scope, body.receive, body.send)
        finally:
            self.room += body.size
        if body.refusal:
            await _refuse(scope, send, body.refusal)


class _CountedBody:
    """Counts what arrives. Over the limit the application hears that the visitor has gone, so that
    it closes what it has opened; what it still says does not get out.
    """

    def __init__(self, bound: BodyLimit, receive: Receive, send: Send) -> None:
        self._bound, self._receive, self._send = bound, receive, send
        self.size = 0
        self._deadline: float | None = asyncio.get_running_loop().time() + BODY_SECONDS
        self.refusal: DomainError | None = None

    async def receive(self) -> Message:
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            return self._refuse(TooSlow())
        if not message.get("more_body", False):
            self._deadline = None
        size = len(message.get("body", b""))
        self.size += size
        self._bound.room -= size
        if self._deadline is not None:
            self._deadline += size / BYTES_PER_SECOND
        if self.size > self._bound.limit:
            return self._refuse(too_many_bytes(self._bound.limit))
        return message if self._bound.room >= 0 else self._refuse(Unavailable())

    async def send(self, message: Message) -> None:
        if self.refusal is None:
            await self._send(message)

    def _refuse(self, refusal: DomainError) -> Message:
        self.refusal = refusal
        return {"type": "http.disconnect"}


async def _refuse(scope: dict[str, Any], send: Send, refusal: DomainError) -> None:
    """Answer with a sentence for the form of a browser, with JSON for a script."""
    error = {"code": refusal.code, "message": str(refusal.message)}
    kind, body = b"application/json", json.dumps({"error": error})
    if is_for_programs(scope.get("path", "")):
        kind, body = MEDIA_TYPE.encode(), problem_body(refusal)
    elif any(name == b"accept" and b"text/html" in value for name, value in scope["headers"]):
        kind, body = b"text/plain; charset=utf-8", str(refusal.message)
    headers = [(b"content-type", kind), (b"connection", b"close")]
    if refusal.retry_after:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
