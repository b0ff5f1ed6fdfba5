"""Many battles that wait for their votes, and a browser that is cheap enough to cast them.

    python -m tests.ballots VOTERS EACH

writes the battles into the database that the environment names and prints them, a line a voter.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.bootstrap.environment import ROOT

CHOICES = ("a", "b", "tie", "both_bad")
_TOKEN = "0123456789abcdef" * 2
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Ballot:
    """A battle that is open for its vote, and the cookie of whoever may cast it."""

    battle: str
    cookie: str
    choice: str


def prepare(
    environment: Mapping[str, str], *, voters: int, each: int, seed: int = 1
) -> list[Ballot]:
    """Make the battles as a site of this environment would find them."""
    argv = [sys.executable, "-m", "tests.ballots", str(voters), str(each)]
    env = {**environment, "DJANGO_SETTINGS_MODULE": "arena.config.settings"}
    done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    dice, ballots = random.Random(seed), []
    for line in done.stdout.splitlines():
        cookie, battles = json.loads(line)
        ballots += [Ballot(battle, cookie, dice.choice(CHOICES)) for battle in battles]
    return ballots


class Booth:
    """One connection that is kept; what goes wrong with it raises OSError."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def cast(self, ballot: Ballot) -> int:
        """The status of the answer. Raises OSError, TimeoutError."""
        body = f"choice={ballot.choice}"
        return await self._ask(
            f"POST /battles/{ballot.battle}/vote HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Cookie: voter={ballot.cookie}; csrftoken={_TOKEN}\r\nX-CSRFToken: {_TOKEN}\r\n"
            "Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    async def look(self, path: str) -> int:
        """The status of a page. Raises OSError, TimeoutError."""
        return await self._ask(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n\r\n")

    def close(self) -> None:
        """Hang up."""
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None

    async def _ask(self, request: str) -> int:
        try:
            return await asyncio.wait_for(self._answer(request.encode()), _PATIENCE)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.close()
            raise ConnectionError(str(error)) from error

    async def _answer(self, request: bytes) -> int:
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._ends
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await _rest(reader, head)
        if b"connection: close" in head:
            self.close()
        return int(head.split(None, 2)[1])


async def _rest(reader: asyncio.StreamReader, head: bytes) -> None:
    if b"content-length:" in head:
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(None, 1)[0]))
    elif b"transfer-encoding: chunked" in head:
        await reader.readuntil(b"0\r\n\r\n")


def _write(voters: int, each: int) -> None:
    import django

    django.setup()
    from django.core import signing
    from django.db import transaction

    from arena.voters.models import Voter
    from arena.voters.selectors import SALT

    with transaction.atomic():
        people = Voter.objects.bulk_create(Voter() for _ in range(voters))
        names = _open_battles([person for person in people for _ in range(each)])
    for number, person in enumerate(people):
        own = names[number * each : (number + 1) * each]
        print(json.dumps([signing.dumps(str(person.id), salt=SALT), own]))


def _open_battles(voters: Sequence[Any]) -> list[str]:
    """A battle for each, with both answers there; their names, in that order."""
    from arena.battles.models import Battle, Generation, Turn
    from tests.factories import CONDITIONS, make_image, make_models

    versions, image = make_models("ballot-one", "ballot-two"), make_image()
    given = {"draw_policy": "uniform", "draw_probability": 1.0, "conditions": CONDITIONS}
    battles = [Battle(voter=voter, state="voting", **given) for voter in voters]
    turns = [Turn(battle=battle, prompt="?", image=image) for battle in battles]
    ended = {"state": "ended", "text": "An answer.", "finish": "stop"}
    sides = [
        Generation(turn=turn, side=side, version=version, **ended)
        for turn in turns
        for side, version in zip("ab", versions, strict=True)
    ]
    Battle.objects.bulk_create(battles, 1000)
    Turn.objects.bulk_create(turns, 1000)
    Generation.objects.bulk_create(sides, 1000)
    return [battle.public_id for battle in battles]


if __name__ == "__main__":
    assert "DATABASE_URL" in os.environ
    _write(int(sys.argv[1]), int(sys.argv[2]))
