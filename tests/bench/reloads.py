"""Reloads and cut lines at random points: the text at the end is the stored text.

    python -m tests.bench.reloads --times 20 [--address http://127.0.0.1:8000]

A first battle, left alone, shows how long one takes; each later one is disturbed once, at a
random point of that time. What is compared with is the page as the server makes it from the
database, read without scripts. Without an address an arena with the shipped models
(``--scripted``: with scripts) is started for it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from random import Random

from playwright.sync_api import Browser, Error, Page

from tests.e2e.browser import chromium
from tests.e2e.line import Line
from tests.e2e.steps import send, shown, until_state
from tests.figures import Figure, bar, conclude
from tests.stack import SHIPPED, Card, running

SCRIPTS = (
    Card("calm-owl", "tag=a,tokens=40,rate=20", "Calm Owl"),
    Card("calm-elk", "tag=b,tokens=30,rate=20", "Calm Elk"),
)
PROMPT = "Describe the picture."


def undisturbed(browser: Browser, address: str) -> float:
    """Seconds from the page of a battle to its open vote."""
    with browser.new_context() as context:
        page = context.new_page()
        send(page, address, PROMPT)
        began = time.monotonic()
        until_state(page, "voting")
        return time.monotonic() - began


def disturbed(browser: Browser, line: Line, wait: float, disturb: Callable[[Page], object]) -> str:
    """Nothing if all went well, else what did not."""
    with browser.new_context() as context:
        page = context.new_page()
        try:
            send(page, line.address, PROMPT)
            page.wait_for_timeout(1000 * wait)
            disturb(page)
            until_state(page, "voting")
            seen, kept = shown(page), _kept(browser, page)
        except (Error, AssertionError) as error:
            return " ".join(str(error).split())[:300]
    return "" if seen == kept and all(kept.values()) else f"saw {seen}, stored is {kept}"


def _kept(browser: Browser, page: Page) -> dict[str, str]:
    """Both answers as the server renders what it has stored."""
    state = page.context.storage_state()
    with browser.new_context(java_script_enabled=False, storage_state=state) as context:
        plain = context.new_page()
        plain.goto(page.url)
        return shown(plain)


def measure(browser: Browser, address: str, times: int, seed: int) -> list[Figure]:
    """As many of each kind."""
    random, span = Random(seed), undisturbed(browser, address)
    faults: dict[str, list[str]] = {"reload": [], "cut line": []}
    with Line(address) as line, bar("Disturbances", 2 * times) as ticks:
        kinds: dict[str, Callable[[Page], object]] = {
            "reload": lambda page: page.reload(),
            "cut line": lambda _page: line.cut(),
        }
        for kind, disturb in kinds.items():
            for _ in range(times):
                faults[kind].append(disturbed(browser, line, random.uniform(0, span), disturb))
                ticks.tick()
    return [Figure("a battle left alone", f"{span:.2f} s"), *_figures(faults)]


def _figures(faults: dict[str, list[str]]) -> list[Figure]:
    good = {kind: Counter(found)[""] for kind, found in faults.items()}
    return [
        Figure(
            f"{kind}: text equal to the stored text",
            f"{good[kind]} of {len(found)}",
            "all",
            good[kind] == len(found),
        )
        for kind, found in faults.items()
    ] + [Figure(kind, fault, ok=False) for kind in faults for fault in faults[kind] if fault]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--address", help="of an arena that runs already")
    parser.add_argument("--scripted", action="store_true", help="scripts instead of real models")
    args = parser.parse_args(argv)
    with ExitStack() as open_things:
        address = args.address
        if address is None:
            stack = open_things.enter_context(running(cards=SCRIPTS if args.scripted else SHIPPED))
            stack.await_models(0 if args.scripted else 2)
            address = stack.address
        browser = open_things.enter_context(chromium())
        found = measure(browser, address.rstrip("/"), args.times, args.seed)
    return conclude("Reloads and cut lines", found)


if __name__ == "__main__":
    sys.exit(main())
