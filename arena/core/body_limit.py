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


class BodyLimit:
    """413 as soon as a body is longer than ``limit`` bytes or takes longer than BODY_SECONDS."""

    def __init__(self, application: Application, *, limit: int) -> None:
        self.application = application
        self.limit = limit

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if _announced(scope) > self.limit:
            await _refuse(scope, send)
            return
        body = _Body(receive, send, self.limit)
        await self.application(scope, body.receive, body.send)
        if body.refused:
            await _refuse(scope, send)


class _Body:
    """Counts what arrives. Over the limit the application hears that the visitor has gone, so that
    it closes what it has opened; what it still says does not get out.
    """

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive, self._send, self._left = receive, send, limit
        self._deadline: float | None = asyncio.get_running_loop().time() + BODY_SECONDS
        self.refused = False

    async def receive(self) -> Message:
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            return self._refuse()
        if not message.get("more_body", False):
            self._deadline = None
        self._left -= len(message.get("body", b""))
        return message if self._left >= 0 else self._refuse()

    async def send(self, message: Message) -> None:
        if not self.refused:
            await self._send(message)

    def _refuse(self) -> Message:
        self.refused = True
        return {"type": "http.disconnect"}


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
