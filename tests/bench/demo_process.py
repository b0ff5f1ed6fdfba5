"""`manage.py demo` as a user starts it: a process of its own, and everything that belongs to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from arena.bootstrap.environment import ROOT
from arena.demo.valkey import free_port

BARE_PYTHON = getattr(sys, "_base_executable", sys.executable)


class DemoProcess:
    """One running demo; ``began`` is the monotonic time of its start."""

    def __init__(
        self, root: Path, data: Path, *, python: str, words: Sequence[str] = (), **env: str
    ) -> None:
        self.port = free_port()
        self.data = data
        self.began = time.monotonic()
        command = [python, "manage.py", "demo", "--port", str(self.port), "--data", str(data)]
        command += words
        self.process = subprocess.Popen(
            command, cwd=root, env=_clean() | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def first_page(self, patience: float) -> float:
        """Seconds from the start until the first page was there; fails after `patience`."""
        while not self._serves():
            if self.process.poll() is not None or time.monotonic() - self.began > patience:
                self.process.kill()
                raise AssertionError(f"no page within {patience} s:\n{self.said()}")
            time.sleep(0.05)
        return time.monotonic() - self.began

    def interrupt(self) -> float:
        """Ctrl-C; seconds until the process is gone."""
        asked = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        return time.monotonic() - asked

    def kill(self) -> None:
        """As the kernel does when memory is short: the supervisor does nothing any more."""
        self.process.kill()
        self.process.wait()

    def said(self) -> str:
        """All that an ended demo printed."""
        return self.process.communicate()[0].decode()

    def alive(self) -> list[psutil.Process]:
        """Every process but the supervisor that works in this demo's data folder."""
        return [
            one for one in psutil.process_iter() if one.pid != self.process.pid and self._owns(one)
        ]

    def _serves(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as page:
                status: int = page.status
                return status == 200
        except OSError:
            return False

    def _owns(self, one: psutil.Process) -> bool:
        try:
            if one.status() == psutil.STATUS_ZOMBIE:  # dead; its new parent has not looked yet
                return False
            folders = {one.environ().get("ARENA_DATA_DIR"), one.cwd()}
            return str(self.data) in folders
        except psutil.Error:
            return False


@contextmanager
def demo(
    root: Path,
    data: Path,
    *,
    python: str = sys.executable,
    words: Sequence[str] = (),
    **env: str,
) -> Iterator[DemoProcess]:
    """A demo that is gone at the end of the block, with all that it started; ``words`` are more
    options of the command."""
    started = DemoProcess(root, data, python=python, words=words, **env)
    try:
        yield started
    finally:
        started.kill()
        for one in started.alive():
            one.kill()
        if started.process.stdout:
            started.process.stdout.close()


def clone(target: Path) -> Path:
    """What a stranger gets: the committed files alone."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
    return target


def _clean() -> dict[str, str]:
    """The environment of somebody who has just opened a terminal."""
    dropped = ("ARENA_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "VIRTUAL_ENV", "CELERY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
