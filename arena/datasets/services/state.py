"""The state of an unfinished export: what is written for good, and where to go on."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

STATE = "state.json"
_LOCK = "lock"


class ExportRefused(Exception):
    """An export that can't be made as it was asked for; the message is a sentence."""


@dataclass(slots=True)
class SourceState:
    """The progress of one reading of the database.

    ``cursor`` is the last ledger number that is written for good, ``files`` the length in bytes of
    each file then, ``rows`` the number of rows by configuration and split, and ``items`` that of
    battles or entries read. ``regions`` marks what was blurred by hand when the reading began.
    """

    cursor: int = 0
    shard: int = 0
    items: int = 0
    files: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    done: bool = False
    regions: str = ""


@dataclass(slots=True)
class ExportState:
    """Everything that a process needs to continue where another one was killed."""

    options: dict[str, Any]
    number: int
    hash: str
    secret: str
    sources: dict[str, SourceState] = field(default_factory=dict)

    def store(self, folder: Path) -> None:
        """Write it down so that a kill leaves this state or the one before."""
        draft = folder / f"{STATE}.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump(asdict(self), out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(folder / STATE)


def stored_state(folder: Path) -> ExportState | None:
    """Return what an earlier process wrote down. Raises ExportRefused for what can't be read."""
    try:
        stored = json.loads((folder / STATE).read_text())
        sources = {name: SourceState(**one) for name, one in stored.pop("sources").items()}
        return ExportState(sources=sources, **stored)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ExportRefused(
            f"{folder / STATE} can't be read. Delete {folder} and export anew."
        ) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder of an unfinished export alone. Raises ExportRefused where another has it."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ExportRefused(f"Another process writes to {folder}.") from error
        yield
    finally:
        os.close(descriptor)


def remove_state(folder: Path) -> None:
    """Remove what only an unfinished export has, the secret of its pseudonyms above all."""
    for name in (STATE, f"{STATE}.new", _LOCK):
        (folder / name).unlink(missing_ok=True)
