"""A request's body is capped while it arrives, before Django has seen a byte of it.

Django's ASGI handler spools the whole body first, so a limit inside the application comes too late.
A WSGI server reads by Content-Length; there the upload handler and the proxy hold the same limit.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from arena.core.uploads import TooLarge

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

BODY_SECONDS = 120.0


class _Refused(Exception):
    """Too long in bytes or in time."""


class BodyLimit:
    """413 as soon as a body is longer than ``limit`` bytes or takes longer than BODY_SECONDS."""

    def __init__(self, application: Application, *, limit: int) -> None:
        self.application = application
        self.limit = limit

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            if _announced(scope) > self.limit:
                raise _Refused
            await self.application(scope, self._counting(receive), send)
        except _Refused:
            await _refuse(scope, send)

    def _counting(self, receive: Receive) -> Receive:
        seen, ended = 0, False
        deadline = asyncio.get_running_loop().time() + BODY_SECONDS

        async def counted() -> Message:
            nonlocal seen, ended
            try:
                async with asyncio.timeout_at(None if ended else deadline):
                    message = await receive()
            except TimeoutError as error:
                raise _Refused from error
            seen += len(message.get("body", b""))
            ended = ended or not message.get("more_body", False)
            if seen > self.limit:
                raise _Refused
            return message

        return counted


def _announced(scope: dict[str, Any]) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


async def _refuse(scope: dict[str, Any], send: Send) -> None:
    """One sentence for a browser's form, JSON for a script."""
    kind, body = b"application/json", json.dumps(_error())
    if any(name == b"accept" and b"text/html" in value for name, value in scope["headers"]):
        kind, body = b"text/plain; charset=utf-8", str(TooLarge.message)
    headers = [(b"content-type", kind), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": TooLarge.status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def _error() -> dict[str, dict[str, str]]:
    return {"error": {"code": TooLarge.code, "message": str(TooLarge.message)}}
