"""The connection to an endpoint: guarded, bounded in time and bytes, left as soon as nobody waits.

Only public https addresses are called, or those that ARENA_ENDPOINT_ALLOW names; the connection
goes to the address that was judged, no redirect is followed and no proxy of the environment used.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore2 as httpcore
import httpx2 as httpx

from inference_worker.backends.base import BackendError
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.endpoints import resolve

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 30.0
POLL_SECONDS = 0.5
"""A call that nobody waits for any more is left within this, however silent the endpoint is."""
MOST_BYTES = 16_000_000
"""The largest stream of an answer, whose text has some thousand bytes."""

# A machine that is gone answers no probe: its connection ends within half a minute, while one that
# thinks in silence keeps its own.
_KEEP_ALIVE = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)] + [
    (socket.IPPROTO_TCP, getattr(socket, name), seconds)
    for name, seconds in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
]


class UnwantedAnswer(Exception):
    """Nobody waits for the answer any more."""


class CallBudget:
    """The bounds of one call: time in all, time in silence, and bytes."""

    def __init__(self, wanted: Callable[[], bool], seconds: float) -> None:
        self.silence = seconds
        """The longest wait for the next byte, in seconds; whoever reads the answer changes it."""
        self._wanted = wanted
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._bytes = 0

    def wait(self, heard: float) -> float:
        """Return for how many seconds one read may block, with the last byte heard at ``heard``.

        Raises UnwantedAnswer, and BackendError once the time in all or in silence is over.
        """
        if not self._wanted():
            raise UnwantedAnswer
        now = time.monotonic()
        if now >= self._until:
            said = "was still sending after" if self._bytes else "said nothing for"
            cause: FailureCause = "endless" if self._bytes else "timeout"
            raise BackendError("timeout", f"the endpoint {said} {self._seconds:g} s", cause)
        if now >= heard + self.silence:
            said = f"the endpoint was silent for {self.silence:g} s"
            raise BackendError("timeout", said, "timeout")
        return min(self._until - now, heard + self.silence - now, POLL_SECONDS)

    def spend(self, size: int) -> None:
        """Count bytes that have come. Raises BackendError where they are far too many."""
        self._bytes += size
        if self._bytes > MOST_BYTES:
            said = f"the endpoint sends without end: over {MOST_BYTES} bytes"
            raise BackendError("internal", said, "endless")


def connect(allow: tuple[str, ...], tls: ssl.SSLContext, budget: CallBudget) -> httpx.Client:
    """Return a client for one call, whose every connection is judged and kept to the budget."""
    return httpx.Client(
        transport=_GuardedTransport(allow, tls, budget),
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": "vision-arena", "Accept-Encoding": "identity"},
        timeout=httpx.Timeout(WRITE_SECONDS, connect=CONNECT_SECONDS),
    )


class _GuardedTransport(httpx.HTTPTransport):
    """Connects to the address that was judged, and reads as the budget says."""

    def __init__(self, allow: tuple[str, ...], tls: ssl.SSLContext, budget: CallBudget) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            network_backend=_BudgetedNetwork(budget),
            socket_options=_KEEP_ALIVE,
        )
        self._allow = allow
        self._budget = budget

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        endpoint = resolve(str(request.url), allow=self._allow)
        # The Host header and the certificate's name stay those of the URL.
        request.extensions = {**request.extensions, "sni_hostname": endpoint.host}
        request.url = request.url.copy_with(host=endpoint.address)
        response = super().handle_request(request)
        response.stream = _CountedBytes(response.stream, self._budget)
        return response


class _CountedBytes(httpx.SyncByteStream):
    """The bytes of a response, each of which is taken from the budget."""

    def __init__(self, stream: Any, budget: CallBudget) -> None:
        self._stream = stream
        self._budget = budget

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            self._budget.spend(len(part))
            yield part

    def close(self) -> None:
        self._stream.close()


class _BudgetedNetwork(httpcore.SyncBackend):
    """Opens connections that read by the budget."""

    def __init__(self, budget: CallBudget) -> None:
        self._budget = budget

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _BudgetedStream(stream, self._budget)


class _BudgetedStream(httpcore.NetworkStream):
    """Waits for bytes in short steps, and asks the budget between two of them."""

    def __init__(self, stream: httpcore.NetworkStream, budget: CallBudget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        heard = time.monotonic()
        while True:
            wait = self._budget.wait(heard)
            try:
                return self._stream.read(max_bytes, wait)
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _BudgetedStream(secured, self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
