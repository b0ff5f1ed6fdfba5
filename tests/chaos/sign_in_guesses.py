"""Guesses at operators' passwords, all at once: from one address, and from forty.

    python -m tests.chaos.sign_in_guesses --guesses 200 --webs 2

Each guess is a form over HTTP, spread over ``--webs`` web processes on one database. Those that are
tried get the sign-in page again, the others 429. The addresses are this machine's own, 127.0.0.1 to
127.0.0.40, so that no header is believed. While a name waits, its right password must be answered
as a wrong one is, and no faster or slower; when an operator lets it in again, it opens.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import psutil

from tests.figures import Figure, conclude
from tests.stack import ROOT, Stack, running

GUESSES_A_NAME = 5
PASSWORD, WRONG = "a fish that reads the paper", "another long password"
_CREATE = (
    "import django, sys; django.setup(); from django.contrib.auth.models import User;"
    f"[User.objects.create_superuser(name, password={PASSWORD!r}) for name in sys.argv[1:]]"
)
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_WAIT = re.compile(r'data-wait="\d+"|in \d+ (second|minute)s?')


@dataclass(slots=True)
class Siege:
    """What one name saw."""

    name: str
    addresses: int
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    """Of processor time, in all web processes."""
    alike: bool = False
    """Whether the right password was answered as a wrong one, while the name waited."""
    opened: bool = False
    """Whether it opened once an operator had let it in again."""


class Browser:
    """Signs in from one address of this machine."""

    def __init__(self, site: str, address: str) -> None:
        transport = httpx.AsyncHTTPTransport(local_address=address)
        self._http = httpx.AsyncClient(base_url=site, transport=transport, timeout=120)

    async def open(self) -> None:
        page = await self._http.get("/admin/login/")
        [self._token] = _TOKEN.findall(page.raise_for_status().text)

    async def guess(self, name: str, password: str) -> httpx.Response:
        form = {"username": name, "password": password, "csrfmiddlewaretoken": self._token}
        return await self._http.post("/admin/login/?next=/admin/", data=form)

    async def close(self) -> None:
        await self._http.aclose()


async def besiege(stack: Stack, *, name: str, addresses: int, guesses: int) -> Siege:
    """All guesses at once; then the right password, before and after the name is let in again."""
    found = Siege(name, addresses)
    sites = stack.addresses
    hosts = [f"127.0.0.{1 + number}" for number in range(addresses)]
    pairs = [(site, host) for host in hosts for site in sites]
    browsers = [Browser(site, host) for site, host in pairs]
    try:
        for browser in browsers:
            await browser.open()
        began = _spent(stack)
        tried = [browsers[n % len(browsers)].guess(name, WRONG) for n in range(guesses)]
        found.statuses.update(answer.status_code for answer in await asyncio.gather(*tried))
        found.seconds = _spent(stack) - began
        first = browsers[0]
        right, wrong = await first.guess(name, PASSWORD), await first.guess(name, WRONG)
        found.alike = _said(right) == _said(wrong) and right.status_code == 429
        await asyncio.to_thread(_command, stack, "manage.py", "axes_reset_username", name)
        found.opened = (await first.guess(name, PASSWORD)).status_code == 302
    finally:
        for browser in browsers:
            await browser.close()
    return found


def create(stack: Stack, names: Sequence[str]) -> None:
    """Make a superuser of each name."""
    _command(stack, "-c", _CREATE, *names)


def figures(sieges: Sequence[Siege], *, guesses: int) -> list[Figure]:
    """The table's rows."""
    rows = []
    for siege in sieges:
        place = f"from {siege.addresses} address{'es' * (siege.addresses > 1)}"
        tried, others = siege.statuses[200], guesses - siege.statuses[200] - siege.statuses[429]
        rows += [
            Figure(
                f"passwords tried, {place}",
                f"{tried} of {guesses}",
                f"<= {GUESSES_A_NAME}",
                0 < tried <= GUESSES_A_NAME,
            ),
            Figure(f"answers other than 200 and 429, {place}", str(others), "0", others == 0),
            Figure(f"processor time of them, {place}", f"{siege.seconds:.1f} s"),
            Figure(f"right as wrong while waiting, {place}", str(siege.alike), "True", siege.alike),
            Figure(f"opens when let in again, {place}", str(siege.opened), "True", siege.opened),
        ]
    return rows


def _said(answer: httpx.Response) -> tuple[int, str]:
    """Without the token, and how long to wait, which grows shorter."""
    return answer.status_code, _WAIT.sub("", _TOKEN.sub("", answer.text))


def _spent(stack: Stack) -> float:
    webs = ["web", *(f"web-{n}" for n in range(2, 1 + len(stack.ports)))]
    found = [process for name in webs for process in _family(stack.pid(name))]
    times = [process.cpu_times() for process in found]
    return float(sum(spent.user + spent.system for spent in times))


def _family(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def _command(stack: Stack, *argv: str) -> None:
    env = {**stack.env, "DJANGO_SETTINGS_MODULE": "arena.config.settings"}
    subprocess.run([sys.executable, *argv], env=env, cwd=ROOT, check=True, capture_output=True)


async def _all(stack: Stack, guesses: int) -> list[Siege]:
    return [
        await besiege(stack, name="one", addresses=1, guesses=guesses),
        await besiege(stack, name="forty", addresses=40, guesses=guesses),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--guesses", type=int, default=200, help="at once, for each name")
    parser.add_argument("--webs", type=int, default=2, help="web processes")
    args = parser.parse_args(argv)
    with running(settings={"ARENA_SIGN_IN_MINUTES": "60"}, webs=args.webs) as stack:
        create(stack, ["one", "forty"])
        sieges = asyncio.run(_all(stack, args.guesses))
    return conclude("Guesses at passwords", figures(sieges, guesses=args.guesses))


if __name__ == "__main__":
    sys.exit(main())
