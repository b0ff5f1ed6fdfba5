"""Typed reading of environment variables, the same for site and worker.

environs reads the variable, or the file that ``NAME_FILE`` names, and collects what is wrong with
it; here stand the kinds of values, and the variables that both programs read. A variable that is
empty counts as not set. One that can't be understood has its default until ``check``, which names
all of them at once.
"""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import urlsplit

from environs import EnvError, EnvValidationError, FileAwareEnv

from inference_worker.wire.endpoints import read_exemption

T = TypeVar("T")

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
FERNET_BYTES = 32
REDIS_SCHEMES = ("redis", "rediss", "unix")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class BadEnvironment(SystemExit):
    """Variables are missing or can't be understood; the message has a line for each.

    Where nobody takes it, it ends the program with status 1 and the message, without a traceback:
    Celery, uvicorn and Django's commands let it through, as they would not an error.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        lines = (f"{name} {text}" for name, text in sorted(texts.items()))
        super().__init__("\n".join(("The environment can't be understood:", *lines)))


class Environment:
    """A reader of the environment. No message repeats a value that may be secret."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        """All variables that were asked for."""
        self.unreadable: dict[str, str] = {}
        """Messages for variables whose files cannot be read."""
        self._variables = FileAwareEnv(eager=False, strip_whitespace=True)
        self._variables.add_parser("parsed", _parsed)

    def check(self) -> None:
        """Raise BadEnvironment for all variables that could not be understood, in one message."""
        found = dict(self.unreadable)
        try:
            self._variables.seal()
        except EnvValidationError as error:
            messages = cast("Mapping[str, list[str]]", error.error_messages)
            found |= {name: " ".join(texts) for name, texts in messages.items()}
        if found:
            raise BadEnvironment(found)

    def parsed(self, name: str, parse: Callable[[str], T], default: T | None) -> T:
        """Return what ``parse`` makes of the variable, or its default.

        ``parse`` raises ValueError with the end of a sentence for a value that it can't understand,
        such as "takes 1 or 0". Without a default the variable has to be set.
        """
        self.names.add(name)
        try:
            value = self._variables.parsed(name, "", parse=parse, default_value=default)
        except (OSError, ValueError) as error:
            self.unreadable[name] = f"can't be read: {error}"
            value = None
        return cast(T, default if value is None else value)

    def text(self, name: str, default: str | None = None) -> str:
        """Return the variable as it is; without a default it has to be set."""
        return self.parsed(name, str, default)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return True for 1, true, yes or on, and False for 0, false, no or off."""

        def parse(text: str) -> bool:
            if text.lower() not in _TRUE | _FALSE:
                raise ValueError(f"is {text!r}; it takes 1 or 0.")
            return text.lower() in _TRUE

        return self.parsed(name, parse, default)

    def integer(self, name: str, default: int, *, least: int = 0) -> int:
        """Return a whole number that is at least ``least``."""

        def parse(text: str) -> int:
            try:
                value = int(text)
            except ValueError:
                raise ValueError(f"is {text!r}; it takes a whole number.") from None
            if value < least:
                raise ValueError(f"is {text}; it must be at least {least}.")
            return value

        return self.parsed(name, parse, default)

    def decimal(
        self, name: str, default: float, *, least: float = 0.0, most: float = math.inf
    ) -> float:
        """Return a finite number from ``least`` to ``most``."""

        def parse(text: str) -> float:
            try:
                value = float(text)
            except ValueError:
                raise ValueError(f"is {text!r}; it takes a number.") from None
            if not math.isfinite(value) or value < least:
                raise ValueError(f"is {text}; it must be at least {least}.")
            if value > most:
                raise ValueError(f"is {text}; it must be at most {most}.")
            return value

        return self.parsed(name, parse, default)

    def one_of(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one word of a closed set."""

        def parse(text: str) -> str:
            if text not in choices:
                raise ValueError(f"is {text!r}; it takes one of {', '.join(choices)}.")
            return text

        return self.parsed(name, parse, default)

    def listing(
        self, name: str, default: str = "", *, check: Callable[[str], object] | None = None
    ) -> list[str]:
        """Return words separated by commas, without the blanks around them.

        ``check`` raises ValueError with a sentence for a word that can't be understood.
        """

        def parse(text: str) -> list[str]:
            words = [word.strip() for word in text.split(",") if word.strip()]
            if check is not None:
                for word in words:
                    check(word)
            return words

        return self.parsed(name, parse, parse(default))

    def url(self, name: str, default: str | None, schemes: tuple[str, ...]) -> str:
        """Return a URL with one of the schemes; a password in it is never repeated."""

        def parse(text: str) -> str:
            if text.partition("://")[0] not in schemes:
                raise ValueError(f"has to begin with {', '.join(schemes)} and ://.")
            try:
                urlsplit(text).port  # noqa: B018  # parsed when it is asked for
            except ValueError:
                raise ValueError("has a host or a port that makes no sense.") from None
            return text

        return self.parsed(name, parse, default)

    # What both programs read.

    def folders(self, name: str) -> tuple[Path, ...]:
        """Return absolute folders that colons separate; empty without any."""

        def parse(text: str) -> tuple[Path, ...]:
            folders = tuple(Path(part) for part in text.split(os.pathsep) if part)
            for folder in folders:
                if not folder.is_absolute():
                    raise ValueError(f"must hold absolute folders, not {str(folder)!r}.")
            return folders

        return self.parsed(name, parse, ())

    def redis_url(self, default: str | None = None) -> str:
        """Return the URL of Redis or Valkey."""
        return self.url("REDIS_URL", default, REDIS_SCHEMES)

    def sealing_keys(self) -> list[str]:
        """Return the Fernet keys of endpoints' keys, the newest first; the older ones still open
        what they sealed."""
        return self.listing("ARENA_SEALING_KEY", check=read_fernet_key)

    def endpoint_allow(self) -> list[str]:
        """Return hosts, ports and networks that an endpoint may have although they are private or
        plain http: see ``wire.endpoints.exemption``."""
        return self.listing("ARENA_ENDPOINT_ALLOW", check=read_exemption)

    def log_format(self) -> str:
        """Return ``line`` for log lines for people, ``json`` for those for programs."""
        return self.one_of("ARENA_LOG_FORMAT", "line", ("line", "json"))

    def log_level(self) -> str:
        """Return the least level that is logged."""
        return self.one_of("ARENA_LOG_LEVEL", "INFO", LOG_LEVELS)


def read_fernet_key(word: str) -> bytes:
    """Return the 32 bytes of a key. Raises ValueError, whose sentence does not repeat the word."""
    try:
        key = base64.urlsafe_b64decode(word)
    except ValueError:
        key = b""
    if len(key) != FERNET_BYTES:
        raise ValueError(
            f"takes keys of {FERNET_BYTES} random bytes in url-safe base64 (44 characters each),"
            " with commas between them; .env.example has a command that makes one."
        )
    return key


def _parsed(text: str, *, parse: Callable[[str], T], default_value: T | None) -> T | None:
    """Parse for environs, which collects an EnvError and takes any other error for a fault."""
    text = text.strip()
    if not text and default_value is None:
        raise EnvError("is not set, and there is no default for it.")
    try:
        return parse(text) if text else default_value
    except ValueError as error:
        raise EnvError(str(error)) from error
