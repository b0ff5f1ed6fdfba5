"""Typed reading of the environment. What can't be understood stops the start with its name."""

from __future__ import annotations

import math
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import limits
from django.core.exceptions import ImproperlyConfigured

N = TypeVar("N", int, float)

_TOKEN = re.compile(r"[!-~]{16,}")
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """The variable, or the content of the file that ``NAME_FILE`` names (for secrets)."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        return _content(name, Path(file))
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set, and there is no default for it.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """1, true, yes, on or 0, false, no, off."""
    value = os.environ.get(name, "1" if default else "0").strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; it takes 1 or 0.")


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number that is at least ``least``."""
    return _number(name, default, least, int)


def decimal(name: str, default: float, *, least: float = 0.0, most: float = math.inf) -> float:
    """A number from ``least`` to ``most``."""
    value = _number(name, default, least, float)
    if value > most:
        raise ImproperlyConfigured(f"{name} is {value}; it must be at most {most}.")
    return value


def listing(
    name: str, default: str = "", *, check: Callable[[str], object] | None = None
) -> list[str]:
    """Words separated by commas; blanks around them don't count. ``check`` raises ValueError with a
    sentence for a word that can't be understood."""
    words = [word.strip() for word in text(name, default).split(",") if word.strip()]
    try:
        if check is not None:
            list(map(check, words))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error
    return words


def one_of(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of a closed set of words."""
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes one of {', '.join(choices)}.")
    return value


def address(name: str, default: str, schemes: tuple[str, ...]) -> str:
    """An address that begins with one of the schemes; a password in it is never repeated."""
    value = text(name, default)
    if value.partition("://")[0] not in schemes:
        raise ImproperlyConfigured(f"{name} has to begin with {', '.join(schemes)} and ://.")
    return value


def rate(name: str, default: str) -> str:
    """A number per a span of time, such as ``20/minute``."""
    value = text(name, default)
    try:
        limits.parse(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes such as 20/minute.") from error
    return value


def secret(name: str, file: Path) -> str:
    """The variable, else a random secret that is made once and kept in ``file`` (mode 0600)."""
    if name in os.environ or f"{name}_FILE" in os.environ:
        return text(name)
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(file, secrets.token_urlsafe(50))
    return _content(name, file)


def written_down(file: Path, default: str) -> str:
    """What a program that runs beside this one has written into ``file``, else the default."""
    try:
        return file.read_text().strip() or default
    except OSError:
        return default


def token(name: str) -> str:
    """Empty, or what a program may show in a header; it is never repeated."""
    value = text(name, "")
    if value and not _TOKEN.fullmatch(value):
        raise ImproperlyConfigured(f"{name} takes 16 or more ASCII characters without blanks.")
    return value


def _write_once(file: Path, value: str) -> None:
    """The file appears with its content: a process that starts beside this one never reads half."""
    descriptor, draft = tempfile.mkstemp(dir=file.parent)  # mode 0600
    with os.fdopen(descriptor, "w") as stream:
        stream.write(value)
    try:
        os.link(draft, file)
    except FileExistsError:  # another process of this start was first; its secret is the one
        return
    finally:
        Path(draft).unlink()


def _content(name: str, file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name} can't be read from {file}: {error}.") from error


def _number(name: str, default: N, least: N, parse: Callable[[str], N]) -> N:
    raw = os.environ.get(name)
    try:
        value = default if raw is None else parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {raw!r}; it takes a number.") from error
    if not math.isfinite(value) or value < least:
        raise ImproperlyConfigured(f"{name} is {raw}; it must be at least {least}.")
    return value
