"""Battles on samples, one key each: how often answers agree, how soon the next pair is there.

    python -m tests.bench.sample_battles --battles 200 [--reading 1.0]

A fresh arena with the shipped models; a browser votes by key as the samples' right answers say,
looks at the names for ``--reading`` seconds, and presses n.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from playwright.sync_api import Page

from arena.bootstrap.environment import ROOT
from arena.reveal.words import says
from inference_worker.wire import samples
from tests.e2e.browser import chromium
from tests.e2e.steps import battle_of
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import SHIPPED, UNLIMITED, Stack, running, until

SHIPPED_SAMPLES = ROOT / "arena" / "battles" / "samples" / "samples.json"
SOON = 0.3
"""Seconds from n to a prepared pair."""
MOST_AGREE, VOTES, TIERS = 0.15, 60, 2
SETTINGS = {**UNLIMITED, "ARENA_RATE_SAMPLES_NETWORK": "100000/minute"}
PAIR_IS_THERE = """() => document.querySelector("#battle[data-state=voting], [data-state=agreed]")
  && [...document.querySelectorAll(".pane__body")].every((pane) => pane.textContent.trim())"""


@dataclass(slots=True)
class PlayedBattles:
    """The states of the battles that were shown, and seconds from n to the pair."""

    states: list[str] = field(default_factory=list)
    prepared: list[float] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)
    tiers: int = 0


def play(page: Page, stack: Stack, battles: int, reading: float) -> PlayedBattles:
    """Play so many battles in a row."""
    played = PlayedBattles()
    with bar("Battles", battles) as ticks:
        begin(page, stack.address)
        while len(played.states) < battles:
            state = page.locator("#battle").get_attribute("data-state") or ""
            played.states.append(state)
            if state == "voting":
                vote(page, honest_key(stack, battle_of(page)))
            if played.states.count("voting") == VOTES and not played.tiers:
                played.tiers = tiers(stack.address)
            page.wait_for_timeout(1000 * reading)
            go_on(page, stack, played)
            ticks.tick()
    return played


def vote(page: Page, key: str) -> None:
    """Press the key until the names are there: a page that is not whole yet hears none."""
    names = page.locator("#reveal [data-next]")

    def named() -> bool:
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        return bool(names.count())

    until(named, "the names")


def begin(page: Page, address: str) -> None:
    """Send the first sample from a fresh page."""
    page.goto(address)
    question = page.get_by_label("Your question")

    def offered() -> bool:
        page.keyboard.press("s")  # a page that is not whole yet hears no key
        page.wait_for_timeout(500)
        return bool(question.input_value())

    until(offered, "a sample")
    page.get_by_role("button", name="Send to both").click()
    page.wait_for_url("**/battles/*/")
    page.wait_for_function(PAIR_IS_THERE, timeout=60_000)


def go_on(page: Page, stack: Stack, played: PlayedBattles) -> None:
    """Press n and wait for the next pair; whether it was prepared is in the database."""
    before = page.url
    ready = stack.rows("SELECT public_id FROM battles_battle WHERE prepared AND state = 'voting'")
    at = time.monotonic()
    page.keyboard.press("n")
    page.wait_for_url(lambda url: url != before and "/battles/" in url, wait_until="commit")
    page.wait_for_function(PAIR_IS_THERE, timeout=60_000, polling=10)
    took = time.monotonic() - at
    known = battle_of(page) in {row["public_id"] for row in ready}
    (played.prepared if known else played.begun).append(took)


def honest_key(stack: Stack, battle: str) -> str:
    """The vote of somebody who knows the right answer: the right side, both, or neither."""
    query = (
        "SELECT turn.sample, answer.side, answer.text FROM battles_generation AS answer"
        " JOIN battles_turn AS turn ON answer.turn_id = turn.id"
        " JOIN battles_battle AS battle ON turn.battle_id = battle.id WHERE battle.public_id = ?"
    )
    rows = stack.rows(query, battle)
    truth = right_answer(stack, rows[0]["sample"])
    right = {row["side"] for row in rows if says(row["text"], truth)}
    return {frozenset("a"): "a", frozenset("b"): "b", frozenset("ab"): "t"}.get(
        frozenset(right), "x"
    )


def right_answer(stack: Stack, sample: str) -> str:
    """What the sample's generator calls right."""
    shipped = {
        row["file"].removesuffix(".png"): row for row in json.loads(SHIPPED_SAMPLES.read_text())
    }
    if sample in shipped:
        return str(shipped[sample]["answer"])
    drawn = samples.taken(stack.redis, sample)
    return drawn.answer if drawn else ""


def tiers(address: str) -> int:
    """The tiers on the overall board once it has all votes."""

    def board() -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{address}/api/v1/leaderboard").json()
        return found

    until(lambda: int(board().get("ledger_number") or 0) >= VOTES, "the board")
    return len({row["tier"] for row in board()["rows"] if row["tier"] is not None})


def figures(played: PlayedBattles, outcomes: dict[str, int]) -> list[Figure]:
    """What was shown, how soon, and what became of the others."""
    shown, agreed = len(played.states), played.states.count("agreed")
    share = agreed / shown
    other = ", ".join(f"{count} {state}" for state, count in sorted(outcomes.items()))
    soon = quantile(played.prepared, 0.95)
    return [
        Figure(
            "agreements among those shown",
            f"{agreed} of {shown} ({share:.0%})",
            "< 15%",
            share < MOST_AGREE,
        ),
        Figure(
            f"tiers after {VOTES} honest votes", str(played.tiers), ">= 2", played.tiers >= TIERS
        ),
        Figure(
            "n to a prepared pair",
            f"median {quantile(played.prepared, 0.5):.2f} s, 95% within {soon:.2f} s,"
            f" {len(played.prepared)} times",
            f"median < {SOON} s",
            quantile(played.prepared, 0.5) < SOON,
        ),
        Figure(
            "n to a pair that was not ready",
            f"median {quantile(played.begun, 0.5):.2f} s, {len(played.begun)} times",
        ),
        Figure("battles in all", other),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=200)
    parser.add_argument("--reading", type=float, default=1.0, help="seconds before n is pressed")
    parser.add_argument("--set", action="append", default=[], help="NAME=VALUE for the arena")
    args = parser.parse_args(argv)
    settings = {**SETTINGS, **dict(one.split("=", 1) for one in args.set)}
    with running(cards=SHIPPED, settings=settings) as stack, chromium() as browser:
        stack.await_models(2)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        played = play(page, stack, args.battles, args.reading)
        rows = stack.rows("SELECT state, prepared, count(*) AS n FROM battles_battle GROUP BY 1, 2")
        outcomes = {
            f"{row['state']}{', not shown' * bool(row['prepared'])}": row["n"] for row in rows
        }
    return conclude("Battles on samples", figures(played, outcomes))


if __name__ == "__main__":
    sys.exit(main())
