"""Keeps programs running: starts again what dies, and leaves nothing behind.

One process, one event loop in its main thread: the kernel ends the programs with the thread that
started them (see child.py), so no other thread may start one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Iterable

from arena.bootstrap.environment import ROOT
from arena.demo import child
from arena.demo.programs import Program
from arena.demo.state import CannotStart, StateFolder

_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.05
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_STEADY_SECONDS = 30.0
"""A program that ran this long starts again after the first pause; one that didn't waits longer."""
_POLITE_SECONDS = 1.6
"""The time between asking a program to end and forcing it; with the store under 3 s in all."""
_STORE_SECONDS = 0.5
_TRIM_SECONDS = 10.0


class Supervisor:
    """Raises CannotStart where a program does not get going; tells `say` what else happens."""

    def __init__(self, folder: StateFolder, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self._running: dict[Program, Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._restarting: set[Program] = set()

    async def finish(self, program: Program) -> None:
        """Run a program that ends by itself; raises CannotStart if it ends badly."""
        process = await self._spawn(program)
        if await process.wait():
            raise CannotStart(f"{program.title}: {self._folder.last_words(program.name)}")
        del self._running[program]

    async def start(self, program: Program) -> None:
        """Return when the program is ready; from then on it is kept running."""
        process = await self._spawn(program)
        deadline = time.monotonic() + _READY_SECONDS
        while program.is_ready is not None and not await asyncio.to_thread(program.is_ready):
            if process.returncode is not None or time.monotonic() > deadline:
                words = self._folder.last_words(program.name)
                raise CannotStart(f"{program.title} does not start: {words}")
            await asyncio.sleep(_LOOK_SECONDS)
        self._keepers.append(asyncio.create_task(self._keep(program, process)))

    async def restart(self) -> None:
        """End the programs that reload; each begins again at once, without a word."""
        alive = [
            program
            for program, process in self._running.items()
            if program.reloads and process.returncode is None
        ]
        self._restarting.update(alive)
        await _end([self._running[program] for program in alive], _POLITE_SECONDS)

    async def trim_logs(self) -> None:
        """Runs for as long as the demo."""
        while True:
            await asyncio.sleep(_TRIM_SECONDS)
            self._folder.trim_logs()

    async def stop(self) -> None:
        """End everything: politely, then by force; the store goes last."""
        for keeper in self._keepers:
            keeper.cancel()
        ends = [process for program, process in self._running.items() if not program.outlives]
        await _end(ends, _POLITE_SECONDS)
        await _end(self._running.values(), _STORE_SECONDS)

    async def _spawn(self, program: Program) -> Process:
        with self._folder.log(program.name) as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", child.__file__, str(os.getpid()), *program.argv),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(program.env),
                cwd=ROOT,
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor alone
            )
        self._running[program] = process
        return process

    async def _keep(self, program: Program, process: Process) -> None:
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            code = await process.wait()
            if time.monotonic() - began > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            if program in self._restarting:
                self._restarting.remove(program)
            else:
                words = self._folder.last_words(program.name)
                ending = signal.Signals(-code).name if code < 0 else f"exit status {code}"
                self._say(f"{program.title} ended ({ending}) and starts again: {words}")
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            process = await self._spawn(program)


async def _end(processes: Iterable[Process], patience: float) -> None:
    alive = [process for process in processes if process.returncode is None]
    for process in alive:
        _signal(process, signal.SIGTERM)
    waits = [asyncio.ensure_future(process.wait()) for process in alive]
    if waits:
        await asyncio.wait(waits, timeout=patience)
    for process in alive:
        _signal(process, signal.SIGKILL)  # the whole group, so that nothing it started stays
    await asyncio.gather(*waits)


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
