"""The site's reading of the environment. What can't be understood stops the start, all at once."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import limits

from arena.demo.state import IN_USE
from inference_worker.wire.environment import Environment

_TOKEN = re.compile(r"[!-~]{16,}")


class SiteEnvironment(Environment):
    """The kinds of values that the site alone has."""

    def rate(self, name: str, default: str) -> str:
        """Return a number per a span of time, such as ``20/minute``."""

        def parse(text: str) -> str:
            try:
                limits.parse(text)
            except ValueError:
                raise ValueError(f"is {text!r}; it takes such as 20/minute.") from None
            return text

        return self.parsed(name, parse, default)

    def rates(self, name: str, default: str) -> str:
        """Return rates such as ``20/minute;300/day``, or nothing for ``none``."""

        def parse(text: str) -> str:
            try:
                if text != "none":
                    limits.parse_many(text)
                return "" if text == "none" else ";".join(map(str.strip, text.split(";")))
            except ValueError:
                said = f"is {text!r}; it takes such as 20/minute;300/day, or none."
                raise ValueError(said) from None

        return self.parsed(name, parse, default)

    def policy(self, name: str, default: str) -> dict[str, str]:
        """Return what follows from each category, such as ``*=ask,spam=block``."""
        actions = ("ignore", "blind", "ask", "block")

        def parse(text: str) -> dict[str, str]:
            pairs = [part.strip().rpartition("=") for part in text.split(",")]
            policy = {category.strip(): action.strip() for category, _, action in pairs}
            if "" in policy or not set(policy.values()) <= set(actions):
                raise ValueError(f"is {text!r}; it takes such as *=ask,spam=block.")
            return {"*": "ask", **policy}

        return self.parsed(name, parse, parse(default))

    def secret(self, name: str, file: Path) -> str:
        """Return the variable, else a random secret that is made once and kept in ``file`` (mode
        0600)."""
        given = self.text(name, "")
        if given or name in os.environ or f"{name}_FILE" in os.environ:
            return given
        try:
            if not file.exists():
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                # It appears with its content: no process that starts meanwhile reads half of it.
                descriptor, draft = tempfile.mkstemp(dir=file.parent)  # mode 0600
                with os.fdopen(descriptor, "w") as stream:
                    stream.write(secrets.token_urlsafe(50))
                try:
                    with suppress(FileExistsError):  # another process was first
                        os.link(draft, file)
                finally:
                    Path(draft).unlink()
            return file.read_text().strip()
        except OSError as error:
            self.unreadable[name] = f"can't be kept in {file}: {error.strerror}."
            return ""

    def database_url(self, default: str) -> str:
        """Return the URL of SQLite or PostgreSQL. A SQLite file needs a folder that can be written;
        that of the default is made."""
        url = self.url("DATABASE_URL", default, ("sqlite", "postgres", "postgresql"))
        scheme, _, path = url.partition(":///")
        if scheme == "sqlite" and path != ":memory:":
            folder = Path(unquote(path.partition("?")[0])).parent
            if url == default:
                with suppress(OSError):
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
                said = f"names a SQLite file in {folder}, which is no folder that can be written."
                self.unreadable["DATABASE_URL"] = said
        return url

    def token(self, name: str) -> str:
        """Return nothing, or what a program may show in a header; it is never repeated."""

        def parse(text: str) -> str:
            if not _TOKEN.fullmatch(text):
                raise ValueError("takes 16 or more ASCII characters without blanks.")
            return text

        return self.parsed(name, parse, "")


def settings_in_use(file: Path) -> dict[str, str]:
    """Return the settings that a demo beside this process has written into ``file``, a line each,
    without those that this process has its own of; nothing where no demo runs."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return {}
    found = {name: value for name, is_set, value in (one.partition("=") for one in lines) if is_set}
    own = {name.removesuffix("_FILE") for name, value in os.environ.items() if value}
    return {name: value for name, value in found.items() if name not in own}


env = SiteEnvironment()
"""The environment that the modules of this package read; ``settings`` checks it at the end."""
BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.text("ARENA_DATA_DIR", str(BASE_DIR / ".arena"))).resolve()
os.environ.update(settings_in_use(DATA_DIR / IN_USE))
