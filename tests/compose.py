"""docker-compose.yml without Docker: its very commands and variables, as processes of this machine.

    with running() as arena:
        ...arena.address is the proxy's...

What differs from containers: PostgreSQL and Valkey are the tests' own (Valkey with the file's
options), nginx is the machine's, and names of hosts, folders and ports are put in by `Local.here`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import yaml

from arena.bootstrap.environment import ROOT
from arena.core.web import healthcheck
from arena.demo import valkey
from tests import postgres
from tests.stack import until

FILE = ROOT / "docker-compose.yml"
COMPOSE = FILE.read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
ALL = ("web", "websocket", "site-worker", "slow-worker", "beat", "inference", "proxy")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

ENVIRONMENT = {
    "POSTGRES_PASSWORD": "of-no-use-behind-a-socket",
    "ARENA_REDIS_PASSWORD": "5xK8mQ2vN7cR4tY9",
    "ARENA_REDIS_WORKER_PASSWORD": "3hJ6wZ1pB8dF5sL0",
    "ARENA_SECRET_KEY": "Lw2mGz6Hq9Xr4Vt8Yb3Nc7Kd5Js1Pf0-Aa_Ee-Oo_Uu-Zz_Qq2Ww4",
    "ARENA_ALLOWED_HOSTS": "127.0.0.1",
}
"""What an operator's .env would say."""
_IMAGES = {"ARENA_BOOTSTRAP": "off", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
_PROGRAMS = {
    "python": (),
    "celery": ("-m", "celery"),
    "granian": ("-m", "granian"),
    "healthy": (str(ROOT / "arena/config/healthy.py"),),
}
_SECONDS = 480.0


def interpolated(text: str, environ: Mapping[str, str]) -> str:
    """As Compose does it: ${NAME}, ${NAME:-default}, ${NAME:?complaint}, and $$ for one $.

    A default may hold others, which count only where it does.
    """

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        found = environ.get(match["name"], "")
        assert found or match["kind"] != ":?", f"{match['name']}: {match['word']}"
        return found or (interpolated(match["word"], environ) if match["kind"] == ":-" else "")

    word = r"(?:[^${}]|\$\{(?:[^${}]|\$\{[^${}]*\})*\})*"
    return re.sub(rf"\$\$|\$\{{(?P<name>\w+)(?:(?P<kind>:[-?])(?P<word>{word}))?\}}", value, text)


def services(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The file's services as Compose would see them."""
    return cast("dict[str, dict[str, Any]]", _filled(SERVICES, environ))


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return interpolated(value, environ)
    if isinstance(value, dict):
        return {key: _filled(part, environ) for key, part in value.items()}
    return [_filled(part, environ) for part in value] if isinstance(value, list) else value


class Local:
    """The services of the file, running here."""

    def __init__(self, folder: Path, environ: Mapping[str, str], also: Mapping[str, str]) -> None:
        self.folder = folder
        self.also = also
        self.environ = {**ENVIRONMENT, **environ}
        self.services = services(self.environ)
        self.postgres = postgres.configure(durable=True)
        self.valkey = valkey.configure(folder)
        self.ports = {name: valkey.free_port() for name in ("proxy", "web", "websocket")}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("access", "data/static", "tmp", "models", "proxy"):
            (folder / name).mkdir(parents=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports['proxy']}"

    def here(self, word: str) -> str:
        """A word of the file, with this machine's addresses and folders."""
        database = self.services["web"]["environment"]["DATABASE_URL"]
        word = re.sub(r"(?<![\w/.])/(access|data|models|tmp)\b", rf"{self.folder}/\1", word)
        for there, ours in (
            (database, self.postgres.url()),
            ("@redis:6379/0", f"@127.0.0.1:{self.valkey.port}/0"),
            ("0.0.0.0", "127.0.0.1"),  # noqa: S104  # what containers listen to becomes loopback
            ("web:8000", f"127.0.0.1:{self.ports['web']}"),
            ("websocket:8001", f"127.0.0.1:{self.ports['websocket']}"),
            ("listen 8080", f"listen 127.0.0.1:{self.ports['proxy']}"),
            ("127.0.0.1:8000", f"127.0.0.1:{self.ports['web']}"),
            ("127.0.0.1:8001", f"127.0.0.1:{self.ports['websocket']}"),
            ("/etc/arena", str(self.folder / "proxy")),
        ):
            word = word.replace(there, ours)
        ports = {"8000": str(self.ports["web"]), "8001": str(self.ports["websocket"])}
        return ports.get(word, word)

    def argv(self, words: list[str]) -> list[str]:
        """A command of one of our own images, for this machine's Python."""
        program, *rest = words
        if program == "sh":
            return [program, *map(self.here, rest)]
        here = [sys.executable if word == "python" else self.here(word) for word in rest]
        return [sys.executable, *_PROGRAMS[program], *here]

    def environment(self, name: str) -> dict[str, str]:
        """Nothing but what the file and the image say."""
        own = self.services[name].get("environment", {})
        # A name without a value passes on what the operator has set, and nothing else.
        said = {
            key: self.environ.get(key) if value is None else value for key, value in own.items()
        }
        told = {key: self.here(str(value)) for key, value in said.items() if value is not None}
        own = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "tmp")}
        return {**own, **_IMAGES, **told, **self.also}

    def start(self, name: str) -> None:
        """Start a service; a store that was killed finds what it had."""
        if name == "database":
            self.spawn(name, list(self.postgres.argv), {})
        elif name == "redis":
            _, *options = self.services[name]["command"]
            options = [str(self.folder) if word == "/data" else self.here(word) for word in options]
            self.spawn(name, [*self.valkey.argv, *options], {})
        elif name == "proxy":
            self.start_proxy()
        else:
            self.spawn(name, self.argv(self.services[name]["command"]), self.environment(name))

    def start_all(self, names: Sequence[str]) -> None:
        """The stores, the migration, then ``names``; returns when all of them are well."""
        self.start_stores()
        assert self.run("migrate", self.services["migrate"]["command"]) == 0, self.log("migrate")
        for name in names:
            self.start(name)
        for name in [name for name in names if name != "proxy"]:
            until(lambda name=name: self.is_healthy(name), f"{name} to be healthy", _SECONDS)

    def start_stores(self) -> None:
        """PostgreSQL with an empty database, and Valkey."""
        postgres.install(self.postgres)
        assert self.run("access", self.services["access"]["command"]) == 0, self.log("access")
        self.start("database")
        self.start("redis")
        until(self.postgres.answers, "PostgreSQL")
        until(self.valkey.answers, "Valkey")
        self.postgres.create()

    def start_proxy(self) -> None:
        """The machine's nginx with the file's configuration."""
        assert NGINX is not None
        mode = self.services["proxy"]["volumes"][1].split(":")[0]
        for source, name in (
            ("arena/config/proxy/nginx.conf", "nginx.conf"),
            (mode, "listen.conf"),
            ("arena/config/proxy/proxy.html", "proxy.html"),
        ):
            text = (ROOT / source).read_text()
            (self.folder / "proxy" / name).write_text(self.here(text))
        program, *words = self.services["proxy"]["command"]
        assert program == "nginx"
        # As root its workers would be an account that may not enter the folder.
        own = " user root;" if os.geteuid() == 0 else ""
        words = [self.here(word) for word in words]
        self.spawn("proxy", [NGINX, *words[:-1], words[-1] + own], {})
        until(lambda: healthcheck.main(f"{self.address}/health") == 0, "the proxy", _SECONDS)

    def is_healthy(self, name: str) -> bool:
        """What the file's own health check says."""
        program = self.running[name]
        assert program.poll() is None, f"{name} ended: {self.log(name)[-2000:]}"
        kind, *words = self.services[name]["healthcheck"]["test"]
        words = ["sh", "-c", self.here(words[0])] if kind == "CMD-SHELL" else self.argv(words)
        env = self.environment(name)
        done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, check=False)
        return done.returncode == 0

    def run(self, name: str, words: list[str]) -> int:
        """Run a command to its end as that service would; its words go to the log."""
        argv, env = self.argv(words), self.environment(name)
        with self._log(name).open("ab") as log:
            done = subprocess.run(argv, env=env, cwd=ROOT, stdout=log, stderr=log, check=False)
        return done.returncode

    def kill(self, name: str) -> None:
        """SIGKILL to the whole group; returns when the first process is gone."""
        program = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()

    def log(self, name: str) -> str:
        """What a service has said so far."""
        return self._log(name).read_text(errors="replace")

    def stop(self) -> None:
        """The stores go last."""
        names = [n for n in self.running if n not in ("database", "redis")]
        for group in (names, ["database", "redis"]):
            programs = [self.running[name] for name in group if name in self.running]
            for program in programs:
                program.send_signal(signal.SIGTERM)
            for program in programs:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.wait(timeout=8)
            for name in group:
                if name in self.running:
                    self.kill(name)
        shutil.rmtree(self.postgres.folder, ignore_errors=True)

    def spawn(self, name: str, argv: list[str], env: Mapping[str, str]) -> None:
        """Start a program of this name; it ends with the others, and its words go to its log."""
        with self._log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                postgres.bound(argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(env),
                cwd=ROOT,
                start_new_session=True,
            )

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextlib.contextmanager
def running(
    names: Sequence[str] = ALL, *, also: Mapping[str, str] | None = None, **environ: str
) -> Iterator[Local]:
    """Services, for as long as the block runs. ``environ`` is the operator's .env, ``also`` what
    the programs are told besides, for benches."""
    with tempfile.TemporaryDirectory(prefix="arena-compose-", ignore_cleanup_errors=True) as path:
        local = Local(Path(path), environ, also or {})
        try:
            local.start_all(names)
            yield local
        except BaseException:
            for log in sorted(local.folder.glob("*.log")):
                print(f"--- {log.name}", log.read_text(errors="replace")[-1500:], file=sys.stderr)
            raise
        finally:
            local.stop()
