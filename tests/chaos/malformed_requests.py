"""Malformed requests of every kind at every address, through a real nginx.

    python -m tests.chaos.malformed_requests --count 5000 --seed 1

Starts the compose file's `web` (Granian) and `websocket` (uvicorn) behind its `proxy` (nginx) on
PostgreSQL, and sends the same requests to the proxy, to `web` and to `websocket`. Counted are
answers with a status of 500 or more, answers that lack one of the headers, and tracebacks in logs.
A server that closes without a word has refused, too.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import compose
from tests.figures import Figure, bar, conclude
from tests.malformed import Request

_SEED = """
import json, sys
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.core import signing
from arena.voters.selectors import COOKIE, SALT
from tests.factories import make_battle, make_models
make_models("heron", "kestrel")
battle = make_battle(state="voting")
user = get_user_model().objects.create(username="admin", is_staff=True, is_superuser=True)
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session.create()
voter = signing.dumps(str(battle.voter_id), salt=SALT)
known = [battle.public_id, "heron", "1", str(battle.pk)]
cookies = [f"{COOKIE}={voter}", f"sessionid={session.session_key}"]
open("/tmp/known.json", "w").write(json.dumps({"known": known, "cookies": cookies}))
"""
_SECONDS = 20.0


@dataclass(slots=True)
class Answers:
    """What came back from one server."""

    statuses: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    """Answers that lack a header, with the header's name."""

    def take(self, request: Request, head: str) -> None:
        """Note what a server said to a request; an empty head is a closed connection."""
        from arena.core.web.security_headers import missing_headers

        first, *rows = head.splitlines() or [""]
        words = first.split()
        status = words[1] if len(words) > 1 and words[0].startswith("HTTP/") else "closed"
        self.statuses[status] += 1
        told = f"{status} {request.kind}: {request.method!r} {request.target[:100]!r}"
        # A 503 with Retry-After is what the site says while a part of it is away.
        if status.startswith("5") and "\nretry-after:" not in head.lower():
            self.broken.append(told)
        if status != "closed" and status != "100":
            lacking = missing_headers(row.partition(":")[0] for row in rows)
            self.bare += [f"{told} lacks {', '.join(lacking)}"] if lacking else []


def ask(port: int, request: Request) -> str:
    """Return the head of the answer."""
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as line:
            line.sendall(request.raw(b"127.0.0.1"))
            if not request.length:
                line.shutdown(socket.SHUT_WR)  # what was announced and never comes
            while b"\r\n\r\n" not in received and (piece := line.recv(65_536)):
                received += piece
    except ConnectionError:  # refused in mid-request: what came until then counts
        pass
    return received.partition(b"\r\n\r\n")[0].decode("latin-1")


def bombard(
    arena: compose.Local, *, count: int, seed: int, tick: Callable[[], None] = lambda: None
) -> dict[str, Answers]:
    """Send ``count`` requests to each server."""
    from tests.malformed import malformed

    argv = ["python", "manage.py", "shell", "-c", _SEED]
    assert arena.run("web", argv) == 0, arena.log("web")
    known = json.loads((arena.folder / "tmp" / "known.json").read_text())
    cookies = [cookie.encode() for cookie in known["cookies"]]
    found = {name: Answers() for name in ("proxy", "web", "websocket")}
    for request in malformed(seed=seed, count=count, known=known["known"], cookies=cookies):
        for name, answers in found.items():
            answers.take(request, ask(arena.ports[name], request))
        tick()
    return found


def figures(arena: compose.Local, found: dict[str, Answers]) -> list[Figure]:
    """Server errors and bare answers, by server; tracebacks in their logs."""
    rows = []
    for name, answers in found.items():
        statuses = ", ".join(
            f"{count} x {status}" for status, count in answers.statuses.most_common()
        )
        rows.append(Figure(f"{name}: answers", statuses))
        for what, faults in (("5xx", answers.broken), ("lack a header", answers.bare)):
            judged = name == "proxy" or what == "5xx"
            value = "; ".join([str(len(faults)), *faults[:3]])
            rows.append(Figure(f"{name}: {what}", value, "0", not faults if judged else None))
    tracebacks = sum(arena.log(name).count("Traceback") for name in ("web", "websocket"))
    return [*rows, Figure("tracebacks in logs", str(tracebacks), "0", tracebacks == 0)]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    import django

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "arena.config.settings", "ARENA_DATA_DIR": folder}
        Path(folder, "secret-key").write_text("for the addresses alone")
        django.setup()
        with compose.running(("web", "websocket", "proxy")) as arena:
            with bar("Requests", args.count) as ticks:
                found = bombard(arena, count=args.count, seed=args.seed, tick=ticks.tick)
            return conclude(f"{args.count} malformed requests", figures(arena, found))


if __name__ == "__main__":
    sys.exit(main())
