"""The processes of the demo, as data: what they are called, how they start, what they may know."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from arena.bootstrap.environment import ROOT
from arena.demo.state import StateFolder
from arena.demo.valkey import ValkeyServer

_SITE_ONLY = (
    *("DATABASE_URL", "ARENA_SECRET_KEY", "ARENA_SECRET_KEY_FILE"),
    *("ARENA_METRICS_TOKEN", "ARENA_METRICS_TOKEN_FILE"),
)
WORKER_REDIS_URL = "ARENA_WORKER_REDIS_URL"
"""The worker's own address of Redis; without it both programs have the same."""
_CELERY = (sys.executable, "-m", "celery", "--workdir", str(ROOT))
_PAGE_SECONDS = 20.0
SPARE_NEEDS_MB = 2048
"""With less memory available there is no spare, unless one is asked for."""
_MOST_PATH = 100
"""Characters that every system takes as a socket's address."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A process that is started, watched and, when it dies, started again."""

    name: str
    title: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    is_ready: Callable[[], bool] | None = None
    """The check that has to succeed before the next program starts."""
    outlives: bool = False
    """Stopped only after all others, which need it to end well."""
    reloads: bool = False
    """Made of the site's sources, so that it starts again when these change."""


def environment(folder: StateFolder, redis_url: str) -> dict[str, str]:
    """Return the environment of every program; the user's own settings go before these."""
    defaults = {
        "DATABASE_URL": f"sqlite:///{folder.path / 'arena.sqlite3'}",
        "ARENA_SEALING_KEY": folder.secret("sealing-key", lambda: Fernet.generate_key().decode()),
        "ARENA_MODEL_DIRS": str(folder.models),
        "ARENA_WORKER_NAME": "demo",
        "ARENA_WORKER_PRELOAD": "shipped",
        "ARENA_HUB": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    fixed = {"ARENA_DATA_DIR": str(folder.path), "REDIS_URL": redis_url}
    return {**defaults, **os.environ, **fixed}


FIRST_SIGN_IN_FILE = "operator-password"
"""The file of the data folder with the operator's first password."""


def operator_password(folder: StateFolder) -> str:
    """The first password of the account `operator`; it can be changed in the admin."""
    return folder.secret(FIRST_SIGN_IN_FILE, lambda: secrets.token_urlsafe(12))


def preparation(env: Mapping[str, str]) -> Program:
    """Migrates, fills the catalogue, makes the operator; ends by itself."""
    argv = (sys.executable, str(ROOT / "manage.py"), "prepare_demo")
    return Program("prepare", "Database and catalogue", argv, env)


def fetching(env: Mapping[str, str], model: str) -> Program:
    """Brings a model's files to this machine, in the terminal; ends by itself."""
    argv = (sys.executable, str(ROOT / "manage.py"), "fetch_model", model)
    return Program("fetch", model, argv, env)


def onboarding(env: Mapping[str, str], model: str) -> Program:
    """Adds a model and activates it once it has answered, in the terminal; ends by itself."""
    argv = (sys.executable, str(ROOT / "manage.py"), "onboard", model, "--activate")
    return Program("onboard", model, argv, env)


def store(server: ValkeyServer) -> Program:
    """Queue, streams, leases. Nothing of the user's environment concerns it."""
    return Program("valkey", "Valkey", server.argv, {}, server.answers, outlives=True)


def programs(env: Mapping[str, str], port: int) -> tuple[Program, ...]:
    """The site and the worker, in the order of their start: the first page comes first."""
    web = (
        *(sys.executable, "-m", "uvicorn", "arena.config.asgi:application"),
        *("--app-dir", str(ROOT), "--host", "127.0.0.1", "--port", str(port)),
        *("--no-server-header", "--no-proxy-headers", "--no-access-log"),
        # Else every socket writes two lines, with the battle's address.
        *("--log-level", "warning"),
        *("--timeout-graceful-shutdown", "1"),
        *("--http", "arena.core.web.connections:PatientProtocol"),
        # A socket listens to nothing; and compressing text that one side may have chosen leaks it.
        *("--ws-max-size", "65536", "--ws-per-message-deflate", "false"),
    )
    # One process for all its queues: at a demo's size a slow board takes a twentieth of a second.
    site_worker = _worker(
        "arena.config.celery", "arena", "--concurrency=4", also=",outcomes,arena-slow"
    )
    schedule = f"{env['ARENA_DATA_DIR']}/beat-schedule"
    beat = (*_CELERY, "-A", "arena.config.celery", "beat", "--schedule", schedule, "--pidfile=")
    _, _, _, *celery = _worker("inference_worker.celery_app", "inference")
    launch = (sys.executable, "-m", "inference_worker.launch", str(spare_socket(env)))
    return (
        Program("web", "Web", web, env, lambda: _serves(port), reloads=True),
        Program("inference", "Inference worker", (*launch, *celery), _for_worker(env)),
        Program("site-worker", "Site's worker", site_worker, env, reloads=True),
        Program("beat", "Clock", beat, env, reloads=True),
    )


def spare(env: Mapping[str, str]) -> Program | None:
    """Return the process that the next inference worker is forked from, or None without one.

    To be started last: it costs seconds of a core.
    """
    told = env.get("ARENA_WORKER_SPARE", "auto")
    possible = sys.platform == "linux" and len(str(spare_socket(env))) <= _MOST_PATH
    useful = bool(env.get("ARENA_WORKER_PRELOAD")) and _available_mb() >= SPARE_NEEDS_MB
    if not possible or not (told == "1" or (told == "auto" and useful)):
        return None
    argv = (sys.executable, "-m", "inference_worker.spare", str(spare_socket(env)))
    return Program("spare", "Spare inference worker", argv, _for_worker(env))


def _for_worker(env: Mapping[str, str]) -> dict[str, str]:
    """The worker reaches Redis with an account of its own where it has one."""
    told = {name: value for name, value in env.items() if name not in _SITE_ONLY}
    return {**told, "REDIS_URL": env.get(WORKER_REDIS_URL) or env["REDIS_URL"]}


def spare_socket(env: Mapping[str, str]) -> Path:
    """Return where the spare listens once it is ready.

    Only its owner may enter the state folder: who gets through to the spare is obeyed.
    """
    return Path(env["ARENA_DATA_DIR"]) / "spare.sock"


def _available_mb() -> int:
    """Return the memory that the machine could still give, in megabytes."""
    source = Path("/proc/meminfo")
    lines = source.read_text().splitlines() if source.exists() else []
    found = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), "0")
    return int(found) // 1024


def _worker(app: str, queue: str, *more: str, also: str = "") -> tuple[str, ...]:
    """Threads, so that no process of the pool can be left behind."""
    options = ("--pool=threads", "--without-gossip", "--without-mingle", *more)
    return (*_CELERY, "-A", app, "worker", "-Q", queue + also, f"--hostname={queue}@%h", *options)


def _serves(port: int) -> bool:
    """Return whether a page came; asking warms the site up before the workers take the cores."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PAGE_SECONDS) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False
