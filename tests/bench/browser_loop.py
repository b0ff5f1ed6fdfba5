"""The whole loop in a real browser: upload, stream, vote by key, names, and the board counts it.

    python -m tests.bench.browser_loop --loops 20 [--address http://127.0.0.1:8000]

Each loop has a browser profile of its own and one try. Without an address an arena with the
shipped models (``--scripted``: with scripts) is started for it.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.browser import chromium
from tests.e2e.steps import pane_of, send
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import SCRIPTED, SHIPPED, running

KEYS = "abtx"
ENDED = re.compile("voting|agreed")
"""Two equal answers are no question; the loop begins anew."""
PROMPT = "What shape is in the picture?"


@dataclass(frozen=True, slots=True)
class Loop:
    """Seconds from Send to the first text of both sides, to the open vote, from key to names."""

    first: float = 0.0
    ready: float = 0.0
    names: float = 0.0
    counted: float = 0.0
    """From the key until the open board, not reloaded, shows one vote more."""
    fault: str = ""


def walk(browser: Browser, address: str, key: str) -> Loop:
    """One loop in a fresh profile; a fault is a result here."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        return _walk(context.new_page(), context.new_page(), address, key)
    except (Error, AssertionError) as error:
        return Loop(fault=" ".join(str(error).split())[:300])
    finally:
        context.close()


def _walk(page: Page, board: Page, address: str, key: str) -> Loop:
    board.goto(f"{address}/leaderboard/")
    before = _votes(board)
    send(page, address, PROMPT)
    sent = page.evaluate("performance.timeOrigin / 1000")
    for side in ("a", "b"):
        body = pane_of(page, side).locator(".pane__body")
        expect(body).to_have_text(re.compile(r"\S"), timeout=30_000)
    first = time.time()
    expect(page.locator("#battle")).to_have_attribute("data-state", ENDED, timeout=30_000)
    if page.locator("#battle").get_attribute("data-state") == "agreed":
        return _walk(page, board, address, key)
    ready = time.time()
    page.keyboard.press(key)
    expect(page.locator(".plate__name a")).to_have_count(2)
    names = time.time()
    expect(board.locator("#votes")).to_have_text(f"{before + 1:,}", timeout=15_000)
    return Loop(first - sent, ready - sent, names - ready, time.time() - ready)


def _votes(board: Page) -> int:
    """As the page says it; no number stands there before the first vote."""
    said = board.locator("#votes")
    return int(said.inner_text().replace(",", "")) if said.count() else 0


def figures(loops: Sequence[Loop]) -> list[Figure]:
    """How many went well, and how long the steps of those took."""
    good = [loop for loop in loops if not loop.fault]
    found = [
        Figure("loops", f"{len(good)} of {len(loops)}", "all", len(good) == len(loops)),
        _seconds("page of the battle to first text, both sides", [loop.first for loop in good]),
        _seconds("page of the battle to open vote", [loop.ready for loop in good]),
        _seconds("key to names", [loop.names for loop in good]),
        _seconds("key to the open board's new count", [loop.counted for loop in good]),
    ]
    return found + [Figure("fault", loop.fault, ok=False) for loop in loops if loop.fault]


def _seconds(name: str, values: Sequence[float]) -> Figure:
    top = max(values, default=float("nan"))
    return Figure(name, f"median {quantile(values, 0.5):.2f} s, max {top:.2f} s")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loops", type=int, default=20)
    parser.add_argument("--address", help="of an arena that runs already")
    parser.add_argument("--scripted", action="store_true", help="scripts instead of real models")
    args = parser.parse_args(argv)
    with ExitStack() as open_things:
        address = args.address
        if address is None:
            stack = open_things.enter_context(running(cards=SCRIPTED if args.scripted else SHIPPED))
            stack.await_models(0 if args.scripted else 2)
            address = stack.address
        browser = open_things.enter_context(chromium())
        ticks = open_things.enter_context(bar("Loops", args.loops))
        loops = []
        for number in range(args.loops):
            loops.append(walk(browser, address.rstrip("/"), KEYS[number % len(KEYS)]))
            ticks.tick()
    return conclude("The loop in a browser", figures(loops))


if __name__ == "__main__":
    sys.exit(main())
