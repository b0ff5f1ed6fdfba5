"""A websocket is opened by our own page or not at all.

Browsers send cookies with a websocket from any page, and the same-origin policy does not hold for
them; the Origin header is what tells. A missing or "null" origin is refused like a foreign one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


class SameOrigin:
    """Outermost layer of the websocket application: 403 before accept unless Origin is Host."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        chosen = self.application if _same_origin(scope["headers"]) else deny
        await chosen(scope, receive, send)


async def deny(scope: Scope, receive: Any, send: Any) -> None:
    """A close before the accept, which servers answer with 403; a stranger costs no Redis call."""
    await receive()
    await send({"type": "websocket.close"})


def _same_origin(headers: list[tuple[bytes, bytes]]) -> bool:
    origins = [value for name, value in headers if name == b"origin"]
    hosts = [value for name, value in headers if name == b"host"]
    if len(origins) != 1 or len(hosts) != 1:
        return False
    try:
        origin, host = origins[0].decode("ascii"), hosts[0].decode("ascii").lower()
    except ValueError:
        return False
    schemes = ("https",) if settings.HTTPS else ("http", "https")
    if origin not in {f"{scheme}://{host}" for scheme in schemes}:
        return False
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
