"""Create and enter the environment of the project, with the standard library only.

`manage.py` calls `enter` before Django is imported. It returns only if the requirements of the
command are installed: in the `.venv` of the repository, which it creates and fills, or in an
environment that somebody else maintains, which it never changes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.metadata
import json
import os
import re
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from arena.bootstrap import bytecode, installation, usage

ROOT = usage.ROOT
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
REQUIREMENTS = ROOT / "requirements"
NEWEST = (3, 13)

Stamp = dict[str, str]


def enter(argv: list[str]) -> None:
    """Return where `argv` can run; else go on inside `.venv`, or exit with one sentence.

    What only asks for help, or can't be understood, is answered before anything is installed.

    `--data DIR` becomes `ARENA_DATA_DIR` here, since the settings read it at import.
    """
    command = argv[1] if len(argv) > 1 else "help"
    given = os.environ.get("ARENA_DATA_DIR", str(ROOT / ".arena"))
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word == "--data" and following:
            given = following
        elif word.startswith("--data="):
            given = word.removeprefix("--data=")
    state = Path(given).expanduser().resolve()
    os.environ["ARENA_DATA_DIR"] = str(state)
    names = installation.locks_for(command)
    own = not is_foreign()
    usage.answer(argv, installed=_is_current(names) if own else not _missing(names))
    try:
        if own:
            _enter_own(argv, names, state / "logs" / "install.log")
        elif missing := _missing(names):
            files = " ".join(f"-r requirements/{name}" for name in names)
            sys.exit(
                f"This environment is not the project's own, so nothing is installed into it;"
                f" it lacks {', '.join(missing)}. Install them with: python -m pip install {files}"
            )
    except installation.CannotInstall as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; nothing is lost, the next start goes on with the installation.")
    bytecode.keep(state / "bytecode", own=own)


def is_foreign() -> bool:
    """Return whether somebody else keeps this environment: an active venv, a container's Python."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        return False
    return sys.prefix != sys.base_prefix or os.environ.get("ARENA_BOOTSTRAP") == "off"


def _missing(names: tuple[str, ...]) -> list[str]:
    # The distributions that the project itself asks for: those of the `.in` files, and torch.
    direct: set[str] = set()
    for lock in names:
        listed = (REQUIREMENTS / lock).with_suffix(".in")
        lines = (listed if listed.exists() else REQUIREMENTS / lock).read_text().splitlines()
        direct.update(m[0] for m in map(re.compile(r"[A-Za-z][\w.-]*").match, lines) if m)
    missing = []
    for name in direct:
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    return sorted(missing)


def _enter_own(argv: list[str], names: tuple[str, ...], log: Path) -> None:
    python = VENV / "bin" / "python"
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if inside and _is_current(names):
        return
    with _alone(log):
        if not inside:
            _make_venv(python)
        elif not _is_current(names):
            installation.install(names, REQUIREMENTS, log)
            # Last and at once: a stamp that is there vouches for a finished installation.
            fingerprint = _fingerprint(names)
            kept = _read_stamp()
            if kept.get("python") != fingerprint["python"]:
                kept = {}
            draft = STAMP.with_suffix(".new")
            with installation.explained(VENV):
                draft.write_text(json.dumps(kept | fingerprint, indent=1))
                draft.replace(STAMP)
    os.execv(python, [str(python), *argv])


def _make_venv(python: Path) -> None:
    if sys.version_info[:2] > NEWEST:
        raise installation.CannotInstall(
            f"Vision Arena is locked for Python 3.11 to 3.13, and this is Python"
            f" {sys.version_info[0]}.{sys.version_info[1]}: run manage.py with one of those."
        )
    if python.exists():
        return
    if VENV.exists() and not (VENV / "pyvenv.cfg").exists():
        raise installation.CannotInstall(f"{VENV} is in the way: it is no virtual environment.")
    with installation.explained(VENV):
        venv.create(VENV, clear=VENV.exists(), symlinks=True, with_pip=False)


@contextlib.contextmanager
def _alone(log: Path) -> Iterator[None]:
    """Hold the lock of an installation: a second command waits here, then finds it done."""
    with installation.explained(log.parent):
        for folder in (log.parent.parent, log.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # secrets will lie beside the log
    lock = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("Another command is installing here; this one goes on after it.\n")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _fingerprint(names: tuple[str, ...]) -> Stamp:
    found = {name: hashlib.sha256((REQUIREMENTS / name).read_bytes()).hexdigest() for name in names}
    return {"python": f"{sys.version_info[0]}.{sys.version_info[1]}", **found}


def _read_stamp() -> Stamp:
    try:
        stamp: Stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def _is_current(names: tuple[str, ...]) -> bool:
    return _fingerprint(names).items() <= _read_stamp().items()
