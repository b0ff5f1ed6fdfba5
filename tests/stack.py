"""The whole arena as real processes on free loopback ports, for benches, chaos and browser tests.

    with running(cards=SCRIPTED) as stack:
        ...stack.address, stack.kill("inference"), stack.rows("SELECT ...")...

Own data folder, own Valkey, own database: SQLite, or the PostgreSQL of tests/postgres.py where
ARENA_TEST_DATABASE or the caller says so. Nothing is left behind, whatever ends the program.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import psutil
import psycopg
from psycopg.rows import dict_row
from redis import Redis, RedisError

from arena.bootstrap.environment import ROOT
from arena.demo import programs, valkey
from arena.demo.programs import Program
from arena.demo.state import StateFolder, open_folder
from inference_worker.wire import presence
from tests import postgres, prepared

UNLIMITED = {
    "ARENA_COUNTED_VOTES_A_DAY": "0",
    "ARENA_RATE_BATTLES": "1000000/minute",
    "ARENA_RATE_BATTLES_NETWORK": "1000000/minute",
    "ARENA_RATE_BATTLES_WIDE": "1000000/minute",
    "ARENA_RATE_VOTES": "1000000/minute",
    "ARENA_RATE_READS_NETWORK": "1000000/minute",
    "ARENA_SOCKETS_VOTER": "1000000",
    "ARENA_SOCKETS_NETWORK": "1000000",
}
"""Most programs here are a whole crowd from one address."""

FIRST_CARD, FIRST_VERSION = 73_100_211, 84_200_371
"""Primary keys that nothing else in a page can be, for those who look for them there."""

_PREPARE = """
import sys, django
from django.core.management import call_command
django.setup()
if sys.argv[1] == "empty":
    call_command("migrate", interactive=False, verbosity=0)
call_command(*sys.argv[2:])
"""
_POLITE_SECONDS = 5.0
_READY_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Card:
    """A model of the catalogue; ``source`` is a script unless the backend is another one."""

    slug: str
    source: str
    name: str
    organization: str = "Cormorant Works"
    backend: str = "scripted"
    base_url: str = ""


SCRIPTED = (
    Card("quiet-heron", "tag=one,tokens=24,rate=200", "Quiet Heron 2"),
    Card("amber-newt", "tag=two,tokens=32,rate=200", "Amber Newt XL", "Lantern Institute"),
)
SHIPPED: tuple[Card, ...] = ()
"""No cards of our own: the catalogue is filled as the demo fills it."""


class Stack:
    """Valkey, PostgreSQL if asked for, web, the site's worker with beat, the inference worker."""

    def __init__(
        self,
        folder: StateFolder,
        *,
        cards: Sequence[Card],
        settings: Mapping[str, str],
        webs: int,
        server: postgres.Server | None,
    ) -> None:
        self.postgres = server
        if server is not None:
            settings = {"DATABASE_URL": server.url(), **settings}
        self._configure(folder, settings, webs, cards)

    def _configure(
        self, folder: StateFolder, settings: Mapping[str, str], webs: int, cards: Sequence[Card]
    ) -> None:
        server = valkey.configure(folder.path, roles=("site", "worker", "operator"))
        self.folder = folder
        self.server = server
        self.redis_url = server.url("operator")
        self.redis = Redis.from_url(self.redis_url, socket_timeout=5)
        self.database = folder.path / "arena.sqlite3"
        self.ports = [valkey.free_port() for _ in range(webs)]
        settings = {programs.WORKER_REDIS_URL: server.url("worker"), **settings}
        self.env = _environment(folder, server.url("site"), cards, settings)
        first, *others = programs.programs(self.env, self.ports[0])
        others += [spare] if (spare := programs.spare(self.env)) else []
        more = [programs.programs(self.env, port)[0] for port in self.ports[1:]]
        more = [replace(web, name=f"web-{n}") for n, web in enumerate(more, start=2)]
        stores = [programs.store(server), *([_database(self.postgres)] if self.postgres else [])]
        self._programs = {p.name: p for p in (*stores, first, *more, *others)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._cards = cards

    @property
    def addresses(self) -> list[str]:
        """One per web process, without a slash at the end."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    @property
    def address(self) -> str:
        return self.addresses[0]

    def start(self) -> None:
        """Start everything and return once it would serve a visitor; raises AssertionError."""
        self.launch("valkey")
        if self.postgres is not None:
            prepared.install(self.postgres)
            self.launch("postgres")
            prepared.create(self.postgres)
        else:
            prepared.copy_file(self.database)
        self._prepare()
        for name in self._programs:
            if name not in self._running:
                self.launch(name, wait=False)
        for name in self._programs:
            self._until_ready(name)
        if "spare" in self._programs:
            until(programs.spare_socket(self.env).exists, "the spare", 4 * _READY_SECONDS)
        until(lambda: self._listening() >= 2, "both workers at their queues")
        self.await_worker()

    def launch(self, name: str, *, wait: bool = True, **settings: str) -> None:
        """Start a program that isn't running; ``settings`` go before those of the stack.

        To be called from the main thread: see child.py.
        """
        program = self._programs[name]
        with self.folder.log(name) as log:
            self._running[name] = subprocess.Popen(
                postgres.bound(program.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**program.env, **settings},
                cwd=ROOT,
                start_new_session=True,
            )
        if wait:
            self._until_ready(name)

    def kill(self, name: str) -> None:
        """SIGKILL; returns when the process is gone."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def pid(self, name: str) -> int:
        """Of a running program."""
        return self._running[name].pid

    def ended(self) -> list[str]:
        """The programs that ended by themselves."""
        return [name for name, process in self._running.items() if process.poll() is not None]

    def call(self, program: str) -> None:
        """Run a few lines of Python as one of the site's processes; raises CalledProcessError."""
        env = {**self.env, "DJANGO_SETTINGS_MODULE": "arena.config.settings"}
        argv = [sys.executable, "-c", f"import django; django.setup()\n{program}"]
        subprocess.run(argv, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def freeze_worker(self) -> None:
        """Stop the process that answers, be it forked from the spare or not."""
        spare = self._running.get("spare")
        forked = psutil.Process(spare.pid).children() if spare else []
        os.kill(forked[0].pid if forked else self.pid("inference"), signal.SIGSTOP)

    def await_worker(self, *, since: float = 0.0) -> float:
        """The time at which an inference worker that began after ``since`` was first seen."""

        def reported() -> bool:
            with contextlib.suppress(RedisError):
                return any(worker.since >= since for worker in presence.workers(self.redis))
            return False

        until(reported, "an inference worker")
        return time.time()

    def await_models(self, count: int, *, since: float = 0.0) -> float:
        """The time at which a worker that began after ``since`` had so many models in memory."""

        def loaded() -> bool:
            with contextlib.suppress(RedisError):
                workers = presence.workers(self.redis)
                return any(w.since >= since and len(w.loaded) >= count for w in workers)
            return False

        until(loaded, f"{count} models in memory")
        return time.time()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Read from the database, past the site; a question mark for each value."""
        if self.postgres is not None:
            with psycopg.connect(self.postgres.url(), row_factory=dict_row) as connection:
                return connection.execute(_in_psycopgs_marks(query), values).fetchall()
        with contextlib.closing(sqlite3.connect(self.database, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def execute(self, statement: str, *values: Any) -> int:
        """Change the database, past the site; the number of rows it touched."""
        if self.postgres is not None:
            with psycopg.connect(self.postgres.url()) as connection:
                return connection.execute(_in_psycopgs_marks(statement), values).rowcount
        with contextlib.closing(sqlite3.connect(self.database, timeout=20)) as file, file:
            return file.execute(statement, values).rowcount

    def log(self, name: str) -> str:
        """What a program has said so far."""
        return (self.folder.logs / f"{name}.log").read_text(errors="replace")

    def complain(self) -> None:
        """Show the last words of all programs: their logs go with the folder."""
        for log in sorted(self.folder.logs.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-15:]
            print(f"--- {log.name}", *lines, sep="\n", file=sys.stderr)

    def stop(self) -> None:
        """End everything; the store goes last, for the others need it to end well."""
        self.redis.close()
        stores = [self._running.pop(name, None) for name in ("postgres", "valkey")]
        _end(list(self._running.values()))
        _end([store for store in stores if store])
        self._running.clear()

    def _prepare(self) -> None:
        """Tables, and the catalogue: own cards or what the project ships."""
        fixture = self.folder.path / "cards.json"
        fixture.write_text(json.dumps(_fixture(self._cards)))
        command = ["loaddata", str(fixture), "-v0"] if self._cards else ["fill_catalogue"]
        tables = "prepared" if prepared.FOLDER else "empty"
        argv = [sys.executable, "-c", _PREPARE, tables, *command]
        env = {**self.env, "DJANGO_SETTINGS_MODULE": "arena.config.settings"}
        done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def _listening(self) -> int:
        clients = cast("list[dict[str, str]]", self.redis.client_list())
        return [client["cmd"] for client in clients].count("brpop")

    def _until_ready(self, name: str) -> None:
        program, process = self._programs[name], self._running[name]

        def ready() -> bool:
            assert process.poll() is None, f"{name} ended: {self.log(name)[-2000:]}"
            return program.is_ready is None or program.is_ready()

        until(ready, program.title)


@contextlib.contextmanager
def running(
    *,
    cards: Sequence[Card] = SCRIPTED,
    settings: Mapping[str, str] | None = None,
    webs: int = 1,
    server: postgres.Server | None = None,
) -> Iterator[Stack]:
    """A stack for as long as the block runs; ``settings`` are environment variables.

    ``server`` is a configured PostgreSQL, which goes with the stack.
    """
    if server is None and os.environ.get("ARENA_TEST_DATABASE") == "postgresql":
        server = postgres.configure()
    with tempfile.TemporaryDirectory(prefix="arena-stack-", ignore_cleanup_errors=True) as path:
        folder = open_folder(Path(path))
        stack = Stack(folder, cards=cards, settings=settings or {}, webs=webs, server=server)
        try:
            stack.start()
            yield stack
        except BaseException:
            stack.complain()
            raise
        finally:
            stack.stop()
            if server is not None:
                shutil.rmtree(server.folder, ignore_errors=True)


def until(condition: Any, what: str = "it", seconds: float = _READY_SECONDS) -> None:
    """Return when the condition holds; AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what} in vain"
        time.sleep(0.02)


def _database(server: postgres.Server) -> Program:
    return Program("postgres", "PostgreSQL", server.argv, {}, server.answers, outlives=True)


def _in_psycopgs_marks(query: str) -> bytes:
    return query.replace("%", "%%").replace("?", "%s").encode()


def _environment(
    folder: StateFolder, redis_url: str, cards: Sequence[Card], settings: Mapping[str, str]
) -> dict[str, str]:
    """The demo's, but for what the caller's own environment says of database and models."""
    own = {
        "DATABASE_URL": f"sqlite:///{folder.path / 'arena.sqlite3'}",
        "ARENA_LIMITS_STORAGE": redis_url,
        "ARENA_ALLOW_SCRIPTED": "1",
        "ARENA_WORKER_PRELOAD": "" if cards else "shipped",
        "ARENA_WORKER_SPARE": "0",
        **UNLIMITED,
    }
    return {**programs.environment(folder, redis_url), **own, **settings}


def _fixture(cards: Sequence[Card]) -> list[dict[str, Any]]:
    """Rows as Django's serializer writes them: active cards, each with a version that is drawn."""
    now = "2026-01-01T00:00:00Z"
    rows: list[dict[str, Any]] = []
    for number, card in enumerate(cards):
        public = {"slug": card.slug, "name": card.name, "organization": card.organization}
        version = {
            "card": FIRST_CARD + number,
            "number": 1,
            "backend": card.backend,
            "source": card.source,
            "base_url": card.base_url,
        }
        rows += [
            {
                "model": "catalog.modelcard",
                "pk": FIRST_CARD + number,
                "fields": {**public, "state": "active", "created_at": now},
            },
            {
                "model": "catalog.modelversion",
                "pk": FIRST_VERSION + number,
                "fields": {**version, "probe": "passed", "created_at": now},
            },
        ]
    return rows


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Politely, then by force, with everything that they started."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + _POLITE_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
    for process in processes:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
