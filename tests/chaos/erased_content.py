"""Content is erased by its voter, by an operator and by its age; then it is looked for everywhere.

    python -m tests.chaos.erased_content --battles 12

The site runs as it does for people. Each battle has a question and a picture of its own, and some
are left without a vote or never answered. After the erasure the program reads the bytes of the
database's files, the folder of pictures, every key of Redis, a new backup and a new export. At the
end the ledger has to verify and a rebuild has to give the same boards.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import secrets
import sqlite3
import sys
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from tests.chaos.ledger_of import recount, run
from tests.figures import Figure, bar, conclude
from tests.stack import UNLIMITED, Stack, running, until
from tests.visitor import Visitor

PIECE = 64
"""Bytes out of the middle of a stored picture by which it is looked for."""
SNAPSHOTS = "SELECT body FROM leaderboard_snapshot ORDER BY id DESC LIMIT 1"
_BY_OPERATOR = """
import sys, django; django.setup()
from django.contrib.auth.models import User
from arena.privacy.selectors import battles_named
from arena.privacy.services import erase_on_request
account = User.objects.create_superuser(sys.argv[1], password=sys.argv[1])
print(erase_on_request(battles=battles_named(sys.argv[2]), account=account.pk))
"""
_BY_AGE = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from arena.battles.models import Battle
from arena.privacy.services import retain
Battle.objects.update(created_at=timezone.now() - timedelta(days=91))
print(retain(seconds=60).erased)
"""


@dataclass(slots=True)
class ErasureWalk:
    """What was sent, and what was found of it."""

    needles: dict[str, list[bytes]] = field(default_factory=dict)
    """By battle: its question, its question as a queue has it, bytes and name of its picture."""
    found: dict[str, int] = field(default_factory=dict)
    """By store: the needles that are still in it."""
    before: dict[str, int] = field(default_factory=dict)
    """The same before the erasure: a search that finds nothing then would show nothing."""
    erased: int = 0
    refused: int = 0
    """Answers of 410 or 404 to the pictures of erased battles."""
    findings: list[str] = field(default_factory=list)
    same_boards: bool = False


def drawn_picture() -> bytes:
    """Return a picture that no other battle has."""
    out = io.BytesIO()
    Image.frombytes("RGB", (48, 48), secrets.token_bytes(48 * 48 * 3)).save(out, "PNG")
    return out.getvalue()


async def send(visitor: Visitor, walk: ErasureWalk, number: int) -> str:
    """Send a battle with needles in it, and vote on two of three."""
    words = f"needle{secrets.token_hex(8)}"
    url: str = (await visitor.offer(drawn_picture(), f"What is {words}?")).json()["url"]
    with suppress(TimeoutError):
        await asyncio.wait_for(visitor.watch(url), 30)
    if number % 3:
        await visitor.vote(url, "ab"[number % 2])
    stored = (await visitor.get(f"{url}image")).content
    middle = len(stored) // 2
    coded = base64.b64encode(f"xx{words}".encode())[4:-4]
    walk.needles[url] = [words.encode(), coded, stored[middle : middle + PIECE]]
    return url


def stores(stack: Stack, folder: Path) -> dict[str, Iterable[bytes]]:
    """Return every place where content could be, as pieces of bytes."""
    backup, export = folder / "backup.tar.gz", folder / "export"
    for argv in (["backup", str(backup)], ["export", str(export)]):
        done = run(stack, "manage.py", *argv)
        assert done.returncode == 0, done.stderr[-2000:]
    with closing(sqlite3.connect(stack.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {
        "files of the database": (p.read_bytes() for p in stack.database.parent.glob("*.sqlite3*")),
        "folder of pictures": (
            p.read_bytes() for p in (stack.folder.path / "media").rglob("*") if p.is_file()
        ),
        "Redis": redis_values(stack),
        "new backup": members(backup),
        "new export": (p.read_bytes() for p in export.rglob("*") if p.is_file()),
    }


def redis_values(stack: Stack) -> Iterator[bytes]:
    """Yield every key of Redis and what it holds."""
    redis: Any = stack.redis  # its types serve the asynchronous client, too
    readers = {
        b"string": lambda key: [redis.get(key)],
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": lambda key: redis.smembers(key),
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"hash": lambda key: [part for pair in redis.hgetall(key).items() for part in pair],
        b"stream": lambda key: [
            part for _, fields in redis.xrange(key) for part in fields.values()
        ],
    }
    for key in redis.scan_iter(count=500):
        yield key
        yield from filter(None, readers[redis.type(key)](key))


def members(path: Path) -> Iterator[bytes]:
    """Yield the files in a backup."""
    with tarfile.open(path) as tar:
        for member in tar:
            source = tar.extractfile(member)
            if source is not None:
                yield source.read()


def left(pieces: Iterable[bytes], needles: Iterable[bytes]) -> int:
    """Count the needles that are in one of the pieces."""
    wanted = set(needles)
    seen: set[bytes] = set()
    for piece in pieces:
        seen |= {needle for needle in wanted - seen if needle in piece}
    return len(seen)


async def erase(stack: Stack, visitor: Visitor, walk: ErasureWalk, urls: Sequence[str]) -> None:
    """Erase a third by the voter, a third by an operator, a third by its age."""
    own, asked = urls[::3], urls[1::3]
    for url in own:
        form = {"action": "delete", "confirmed": "1", "battle": url.strip("/").split("/")[-1]}
        answer = await visitor.post("/mine/change/", **form)
        walk.erased += answer.status_code == 303
    settings = {"DJANGO_SETTINGS_MODULE": "arena.config.settings"}
    for argv in ([_BY_OPERATOR, secrets.token_hex(8), "\n".join(asked)], [_BY_AGE]):
        done = run(stack, "-c", *argv, **settings)
        assert done.returncode == 0, done.stderr[-2000:]
        walk.erased += int(done.stdout.split()[-1])


async def walk_through(stack: Stack, folder: Path, battles: int) -> ErasureWalk:
    """Send, look, erase, look again."""
    walk = ErasureWalk()
    async with Visitor(stack.address) as visitor:
        await visitor.enrol()
        urls = []
        with bar("Battles", battles) as ticks:
            for number in range(battles):
                urls.append(await send(visitor, walk, number))
                ticks.tick()
        urls += [await abandoned(stack, visitor, walk)]
        until(lambda: not stack.rows("SELECT 1 FROM battles_unfoldedvote"), "the fold")
        needles = [needle for some in walk.needles.values() for needle in some]
        (folder / "before").mkdir()
        walk.before = {n: left(p, needles) for n, p in stores(stack, folder / "before").items()}
        body = stack.rows(SNAPSHOTS)
        await erase(stack, visitor, walk, urls)
        for url in urls:
            with suppress(httpx.HTTPStatusError):
                await visitor.get(f"{url}image")
                continue
            walk.refused += 1
    walk.found = {n: left(p, needles) for n, p in stores(stack, folder).items()}
    walk.findings = recount(stack)
    rebuilt = run(stack, "manage.py", "rebuild", "--all")
    walk.same_boards = (
        rebuilt.returncode == 0 and stack.rows(SNAPSHOTS)[0]["body"] == body[0]["body"]
    )
    return walk


async def abandoned(stack: Stack, visitor: Visitor, walk: ErasureWalk) -> str:
    """Send a battle that no worker takes: its messages stay on the queue."""
    stack.kill("inference")
    return await send(visitor, walk, 0)


def figures(walk: ErasureWalk, battles: int) -> list[Figure]:
    """Return the table's lines."""
    sent = battles + 1
    lines = [  # the battle that made the visitor somebody is erased, too
        Figure("battles erased", str(walk.erased - 1), str(sent), walk.erased - 1 == sent),
        Figure("their pictures refused", str(walk.refused), str(sent), walk.refused == sent),
    ]
    for name, count in walk.found.items():
        before = f"0 of {walk.before[name]} before"
        lines.append(Figure(f"left in: {name}", str(count), before, count == 0))
    sound = sum(walk.before.values()) >= 3 * sent
    return [
        *lines,
        Figure("needles found before", str(sum(walk.before.values())), "some of each", sound),
        Figure("findings of a recount", str(len(walk.findings)), "0", not walk.findings),
        Figure("boards after a rebuild", "equal" if walk.same_boards else "other", "equal",
               walk.same_boards),
    ]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=12)
    args = parser.parse_args(argv)
    with running(settings=UNLIMITED) as stack:
        folder = stack.folder.path / "looked-for"
        folder.mkdir()
        walk = asyncio.run(walk_through(stack, folder, args.battles))
    return conclude("Erased content", figures(walk, args.battles))


if __name__ == "__main__":
    sys.exit(main())
