"""How long a board's pages take on a warm arena, one visitor after another, and how heavy they are.

    python -m tests.bench.board_page --models 200 --votes 20000

The board is filled by ``manage.py simulate`` through the product's own tables; then each page is
asked for as a browser asks, over one connection, while the arena's workers and beat run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import SCRIPTED, Stack, running

TARGET_MS = 100.0
TARGET_BYTES = 200_000
WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Page:
    """An address, and whether the promise of the board's page holds for it too."""

    name: str
    address: str
    promised: bool = True


PAGES = (
    Page("board", "/leaderboard/"),
    Page("board, searched and sorted", "/leaderboard/?q=1&sort=-votes"),
    Page("the table alone", "/leaderboard/?fragment=table"),
    Page("CSV", "/leaderboard.csv"),
    Page("matrices of 30", "/leaderboard/overall/matrices/?top=30", promised=False),
    Page("history", "/leaderboard/overall/history/", promised=False),
    Page("methodology", "/methodology/", promised=False),
)


def fill(stack: Stack, models: int, votes: int) -> None:
    """A board from known strengths."""
    sizes = ("--models", str(models), "--votes", str(votes), "--into-existing")
    argv = [sys.executable, "manage.py", "simulate", *sizes]
    subprocess.run(argv, env=stack.env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def timed(ask: Callable[[], httpx.Response], times: int) -> tuple[list[float], httpx.Response]:
    """Milliseconds of each answer after the first ones, and the last answer."""
    taken, answer = [], [ask() for _ in range(WARM_UP)][-1]
    for _ in range(times):
        start = time.perf_counter()
        answer = ask()
        taken.append(1000 * (time.perf_counter() - start))
    return taken, answer


def measure(client: httpx.Client, page: Page, times: int) -> list[Figure]:
    """Time and weight of one page."""
    taken, answer = timed(lambda: client.get(page.address).raise_for_status(), times)
    p95, size = quantile(taken, 0.95), len(answer.content)
    value = f"median {quantile(taken, 0.5):.0f} ms, p95 {p95:.0f} ms, {size / 1000:.0f} kB"
    if not page.promised:
        return [Figure(page.name, value)]
    target = f"p95 < {TARGET_MS:.0f} ms, < {TARGET_BYTES // 1000} kB"
    return [Figure(page.name, value, target, p95 < TARGET_MS and size < TARGET_BYTES)]


def unchanged(client: httpx.Client, times: int) -> Figure:
    """What an open page costs that asks again and has it already."""
    etag = ""

    def ask() -> httpx.Response:
        nonlocal etag
        answer = client.get("/leaderboard/", headers={"If-None-Match": etag})
        # The page's age in minutes is part of it: now and then it is another one.
        etag = answer.headers["ETag"]
        return answer

    taken, answer = timed(ask, times)
    value = f"median {quantile(taken, 0.5):.0f} ms, p95 {quantile(taken, 0.95):.0f} ms"
    return Figure(
        "board, unchanged", f"{answer.status_code}, {value}", "304", answer.status_code == 304
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=200)
    parser.add_argument("--votes", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=200, help="of each page")
    args = parser.parse_args(argv)
    found = []
    with running(cards=SCRIPTED) as stack:
        fill(stack, args.models, args.votes)
        with httpx.Client(base_url=stack.address) as client, bar("Pages", len(PAGES)) as ticks:
            for page in PAGES:
                found += measure(client, page, args.times)
                ticks.tick()
            found.append(unchanged(client, args.times))
    return conclude(f"A board of {args.models} models and {args.votes} votes", found)


if __name__ == "__main__":
    sys.exit(main())
