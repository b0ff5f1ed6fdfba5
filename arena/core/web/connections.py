"""The HTTP protocol of uvicorn with a limit on how long a request's head may take.

uvicorn limits the time between two requests of a connection and not the time of a head: whoever
opens a connection and says nothing, or a byte now and then, would keep it for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arena.core.web.security_headers import security_headers

HEAD_SECONDS = 10.0


class PatientProtocol(HttpToolsProtocol):
    """Closes a connection whose next head is not whole within HEAD_SECONDS of its first byte."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._forget_head()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, with the headers that every answer carries."""
        ours = [(name.encode(), value.encode()) for name, value in security_headers().items()]
        said = self.server_state.default_headers
        self.server_state.default_headers = [*said, *ours]
        try:
            super().send_400_response(msg)
        finally:
            self.server_state.default_headers = said

    def _await_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
