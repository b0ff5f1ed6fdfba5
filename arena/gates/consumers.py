"""Limits of websockets: how many a voter and a network have open, how much one socket may say.

Counted by each process for itself: a socket holds memory of that process and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http import parse_cookie

from arena.core.web.network import bucket_of, forwarded_address
from arena.voters.selectors import COOKIE, read_cookie

Scope = dict[str, Any]
Message = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

TOO_MANY = 4429
"""The close code: too many sockets are open, or one has said too much."""
_GONE: Message = {"type": "websocket.disconnect", "code": TOO_MANY}


class SocketLimits:
    """A wrapper around an ASGI application that closes websockets over a limit with TOO_MANY."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        # How many sockets each of those may have open to whom this one belongs.
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        remote = (scope.get("client") or ("",))[0]
        address = forwarded_address(remote, headers.get(b"x-forwarded-for", ""))
        limits = {f"network:{bucket_of(address)}": settings.SOCKETS_NETWORK}
        voter, mark = read_cookie(parse_cookie(headers.get(b"cookie", "")).get(COOKIE, ""))
        if voter:
            # An ended sign-in, for which the database isn't asked here, has a limit of its own.
            limits[f"voter:{voter}:{mark}"] = settings.SOCKETS_VOTER
        if any(self._open[who] >= most for who, most in limits.items()):
            # A browser is told a code only by a socket that was accepted.
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": TOO_MANY})
            return
        self._open.update(limits.keys())
        try:
            await self.application(scope, _BoundedSocket(receive, send).receive, send)
        finally:
            self._open.subtract(limits.keys())
            self._open += Counter()  # forgets who has none left


class _BoundedSocket:
    """The messages of one socket, up to a limit; no page of ours sends any."""

    def __init__(self, receive: Any, send: Any) -> None:
        self._receive, self._send = receive, send
        self._left = settings.SOCKET_MESSAGES

    async def receive(self) -> Message:
        message: Message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        self._left -= 1
        if self._left >= 0:
            return message
        await self._send({"type": "websocket.close", "code": TOO_MANY})
        return _GONE
