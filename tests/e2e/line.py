"""A line between browser and site that can be cut, or that lets no websocket through."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self
from urllib.parse import urlsplit

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Line:
    """Forwards bytes from a port of its own; one thread in each direction of a connection."""

    def __init__(self, address: str) -> None:
        self.blocks_sockets = False
        site = urlsplit(address)
        self._target = (site.hostname or "127.0.0.1", site.port or 80)
        self._live: set[socket.socket] = set()
        self._ends: set[socket.socket] = set()
        self._over = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        _close(self._server)
        for end in list(self._ends):
            _close(end)

    def cut(self) -> None:
        """Break every websocket, without a word of farewell."""
        for end in list(self._live):
            _close(end)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                self._ends.add(near)
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            first = near.recv(65536)
            if self._over:  # a browser keeps connections that have said nothing yet
                return _close(near)
            live = b"upgrade: websocket" in first.lower()
            if live and self.blocks_sockets:
                near.sendall(REFUSAL)
                return _close(near)
            far = socket.create_connection(self._target)
            self._ends.add(far)
            far.sendall(first)
            if live:
                self._live |= {near, far}
            threading.Thread(target=_pump, args=(far, near), daemon=True).start()
            _pump(near, far)
        return _close(near)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    _close(source)
    _close(target)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
