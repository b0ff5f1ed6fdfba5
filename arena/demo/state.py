"""The one folder that the demo keeps its state in, and who may use it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

IN_USE = "settings-in-use"
"""The file with settings of a running demo, a line each, for commands that are run by hand."""
_LEAST_FREE_BYTES = 64 * 1024 * 1024
_LOG_BYTES = 5 * 1024 * 1024


class CannotStart(Exception):
    """The reason why the demo can't run, as a sentence for the person who started it."""


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Database, secrets, logs and the pid file of one demo."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def models(self) -> Path:
        """The folder into which an operator puts further models."""
        return self.path / "models"

    @property
    def static(self) -> Path:
        """Return an empty folder, which WhiteNoise requires: files are served where they stand."""
        return self.path / "static"

    def secret(self, name: str, make: Callable[[], str]) -> str:
        """The secret kept in `name`, made at its first use; only its owner may read it."""
        file = self.path / name
        with told(self.path):
            if not file.exists():
                value = make()
                # Linked into place whole: nobody can read half of it, and the first one stays.
                draft = file.with_suffix(f".{os.getpid()}")
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
                    out.write(value)
                with contextlib.suppress(FileExistsError):
                    os.link(draft, file)
                draft.unlink()
            return file.read_text()

    def log(self, name: str) -> BinaryIO:
        """The log of a program, open at its end; a long one is put aside first."""
        file = self.logs / f"{name}.log"
        with told(self.path):
            if file.exists() and file.stat().st_size > _LOG_BYTES:
                file.replace(file.with_suffix(".log.1"))
            return file.open("ab")

    def last_words(self, name: str) -> str:
        """The last line of a program's log, and where to read on."""
        file = self.logs / f"{name}.log"
        lines = file.read_bytes()[-4000:].decode(errors="replace").strip().splitlines()
        return f"{lines[-1] if lines else 'it said nothing'} (more in {file})"

    def trim_logs(self) -> None:
        """Put aside what has grown too long while its program writes on."""
        for file in self.logs.glob("*.log"):
            if file.stat().st_size > _LOG_BYTES:
                shutil.copyfile(file, file.with_suffix(".log.1"))
                os.truncate(file, 0)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what an operating system says about `path` into CannotStart."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise CannotStart(f"The disk that holds {path} is full.") from error
        raise CannotStart(f"{path} can't be used: {error.strerror}.") from error


def open_folder(path: Path) -> StateFolder:
    """Make what is missing of the folder; raises CannotStart where it is of no use."""
    folder = StateFolder(path)
    with told(path):
        for part in (path, folder.logs, folder.models, folder.static):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(path).free < _LEAST_FREE_BYTES:
            raise CannotStart(f"The disk that holds {path} is full.")
    return folder


@contextlib.contextmanager
def held(folder: StateFolder) -> Iterator[int | None]:
    """Keep a second demo out of the folder; yields the pid that a killed one left behind.

    The lock is the truth, and it goes with its process; the number in the file is for people.
    """
    with told(folder.path):
        file = (folder.path / "demo.pid").open("a+")
    with file:
        file.seek(0)
        left = file.read().strip()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(f"A demo already runs in {folder.path} (process {left}).") from error
        with told(folder.path):
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), str(os.getpid()).encode())
        try:
            yield int(left) if left.isdecimal() else None
        finally:
            os.ftruncate(file.fileno(), 0)
