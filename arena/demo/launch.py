"""The walk of `demo`: from an empty folder to an arena that serves, and back to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from redis import Redis, RedisError
from rich.console import Console

from arena.bootstrap import usage
from arena.bootstrap.environment import ROOT
from arena.demo import programs, reloading, valkey
from arena.demo.programs import Program
from arena.demo.state import IN_USE, CannotStart, StateFolder, held, open_folder, told
from arena.demo.supervisor import Supervisor
from inference_worker.wire import presence

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PREPARED = "prepared"
_MODELS_SECONDS = 180.0
_SHIPPED = "inference_worker/checkpoints"
_FOR_COMMANDS = (
    *("DATABASE_URL", "REDIS_URL", "ARENA_SEALING_KEY"),
    *("ARENA_MODEL_DIRS", "ARENA_HUB", "ARENA_ENDPOINT_ALLOW"),
)


@dataclass(frozen=True, slots=True)
class DemoSetup:
    """The configuration of a demo: its state folder, its addresses, its programs' settings."""

    folder: StateFolder
    port: int
    env: dict[str, str]
    store: Program | None
    """The demo's own Valkey; none where the user has set REDIS_URL."""
    console: Console
    reload: bool = False
    """The site's programs start again when their sources change."""
    models: tuple[str, ...] = ()
    """Ready cards and Hub ids to fetch and add beside the shipped models."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


def main(arguments: list[str]) -> None:
    """`manage.py demo`, without Django: its own start would delay the first page by a second."""
    options = usage.demo_options().parse_args(arguments)
    data = options.data or Path(os.environ.get("ARENA_DATA_DIR", ROOT / ".arena"))
    try:
        folder = data.expanduser().resolve()
        run(options.port, folder, reload=options.reload, models=tuple(options.models))
    except CannotStart as error:
        sys.exit(str(error))


def run(port: int, data: Path, *, reload: bool = False, models: tuple[str, ...] = ()) -> None:
    """Serve until asked to stop. Raises CannotStart with a sentence for the user."""
    console = Console()
    folder = open_folder(data)
    with held(folder) as left_behind:
        if left_behind:
            console.print(f"Process {left_behind} was killed here earlier; going on after it.")
        _require_free(port, patience=3.0 if left_behind else 0.0)
        demo = replace(_configure(folder, port, console), reload=reload, models=models)
        with _written_down(demo):
            asyncio.run(_serve(demo))


def _require_free(port: int, patience: float) -> None:
    """A killed demo's port may take a moment to come free."""
    deadline = time.monotonic() + patience
    while not _is_free(port):
        if time.monotonic() >= deadline:
            raise CannotStart(
                f"Port {port} is in use; choose another one with --port, for example"
                f" --port {valkey.free_port()}."
            )
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CannotStart(f"Port {port} needs rights that this account has not.") from error
        except OSError:
            return False
        return True


def _configure(folder: StateFolder, port: int, console: Console) -> DemoSetup:
    given = os.environ.get("REDIS_URL")
    if given:
        return DemoSetup(folder, port, programs.environment(folder, given), None, console)
    try:
        with told(folder.path):
            server = valkey.configure(folder.path)
        store = programs.store(server)
    except FileNotFoundError as error:
        raise CannotStart(
            "There is no Valkey for this machine: install valkey-server or set REDIS_URL."
        ) from error
    env = programs.environment(folder, server.url("site"))
    env[programs.WORKER_REDIS_URL] = server.url("worker")
    return DemoSetup(folder, port, env, store, console)


@contextlib.contextmanager
def _written_down(demo: DemoSetup) -> Iterator[None]:
    """Let commands that are run by hand beside the demo have its stores, its keys and its folders
    of models, for as long as it runs."""
    file = demo.folder.path / IN_USE
    given = {name: demo.env[name] for name in _FOR_COMMANDS if demo.env.get(name)}
    with told(demo.folder.path):
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


async def _serve(demo: DemoSetup) -> None:
    supervisor = Supervisor(demo.folder, demo.say)
    asked = asyncio.Event()
    for number in _STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    stop = asyncio.create_task(asked.wait())
    walk = asyncio.create_task(_walk(demo, supervisor))
    try:
        await asyncio.wait({walk, stop}, return_when=asyncio.FIRST_COMPLETED)
        if walk.done():
            walk.result()
    finally:
        demo.say("Stopping.")
        walk.cancel()
        await supervisor.stop()
        demo.say("Stopped; nothing is left running.")


async def _walk(demo: DemoSetup, supervisor: Supervisor) -> None:
    """Start everything, then stay; returns only by an exception."""
    if demo.store:
        with _step(demo, demo.store.title):
            await supervisor.start(demo.store)
    await _prepare(demo, supervisor)
    for name in demo.models:
        await _in_terminal(programs.fetching(demo.env, name))
    web, *others = programs.programs(demo.env, demo.port)
    with _step(demo, web.title):
        await supervisor.start(web)
    for program in others:
        await supervisor.start(program)
    demo.say(f"\nVision Arena is at {demo.address}")
    demo.say(f"Operator: {demo.address}admin/ as `operator`, first password in")
    demo.say(f"  {demo.folder.path / programs.FIRST_SIGN_IN_FILE}")
    demo.say(f"Logs: {demo.folder.logs}\nCtrl-C stops everything.\n")
    async with asyncio.TaskGroup() as forever:
        forever.create_task(supervisor.trim_logs())
        if demo.reload:
            forever.create_task(reloading.restart_at_changes(supervisor, demo.say))
        # The page is there long before the models are in memory.
        try:
            with _step(demo, "Models"):
                async with asyncio.timeout(_MODELS_SECONDS):
                    await _until_a_model_is_loaded(demo.env["REDIS_URL"])
        except TimeoutError:
            demo.say(f"No model is loaded yet; the worker's log is in {demo.folder.logs}.")
        await _add_models(demo)
        if spare := programs.spare(demo.env):
            await supervisor.start(spare)


async def _add_models(demo: DemoSetup) -> None:
    """Add the models that were asked for; the arena runs without one that does not answer."""
    for name in demo.models:
        try:
            await _in_terminal(programs.onboarding(demo.env, name))
        except CannotStart as error:
            demo.say(str(error))


async def _in_terminal(program: Program) -> None:
    """Run a program that shows its progress here. Raises CannotStart with its last sentence."""
    process = await asyncio.create_subprocess_exec(
        *program.argv,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=dict(program.env),
        cwd=ROOT,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["it ended without a word"]
        raise CannotStart(f"{program.title}: {lines[-1].removeprefix('CommandError: ')}")


async def _prepare(demo: DemoSetup, supervisor: Supervisor) -> None:
    """Migrations and catalogue cost seconds: skipped where nothing changed since the last time."""
    note = demo.folder.path / _PREPARED
    fingerprint = _fingerprint(demo)
    if note.exists() and note.read_text() == fingerprint and _has_own_database(demo):
        return
    first = not note.exists()
    password = programs.operator_password(demo.folder)
    program = programs.preparation(demo.env)
    with _step(demo, program.title):
        await supervisor.finish(program)
    if first:
        demo.say(f"Operator's first password: {password}")
    with told(demo.folder.path):
        note.write_text(fingerprint)


def _has_own_database(demo: DemoSetup) -> bool:
    """Another database may have been emptied meanwhile, so it is looked at each time."""
    own = demo.folder.path / "arena.sqlite3"
    return own.exists() and demo.env["DATABASE_URL"] == f"sqlite:///{own}"


def _fingerprint(demo: DemoSetup) -> str:
    """Return a hash that changes with migrations, shipped models and the database's address."""
    files = [*ROOT.glob("arena/*/migrations/*.py"), *(ROOT / _SHIPPED).rglob("*.*")]
    facts = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(files)]
    return hashlib.sha256(repr((demo.env["DATABASE_URL"], facts)).encode()).hexdigest()


async def _until_a_model_is_loaded(redis_url: str) -> None:
    with Redis.from_url(redis_url, socket_timeout=2.0) as redis:
        while True:
            with contextlib.suppress(RedisError):
                if any(worker.loaded for worker in presence.workers(redis)):
                    return
            await asyncio.sleep(0.5)


@contextlib.contextmanager
def _step(demo: DemoSetup, title: str) -> Iterator[None]:
    """Say that something is going on, and how long it took."""
    began = time.monotonic()
    with demo.console.status(f"{title} …"):
        yield
    demo.say(f"{title}: ready ({time.monotonic() - began:.1f} s)")
