"""Takes the pictures of docs/images anew, with the shipped models and their sample pictures.

python -m tests.e2e.screenshots docs/images
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.browser import chromium
from tests.e2e.steps import shown, until_state
from tests.figures import bar
from tests.stack import SHIPPED, running
from tests.visitor import Visitor

SAMPLES = Path(__file__).parents[2] / "arena/battles/samples"
WIDE: ViewportSize = {"width": 1280, "height": 720}
NARROW: ViewportSize = {"width": 390, "height": 780}
PICTURES = {
    "battle",
    "battle-dark",
    "battle-phone",
    "reveal",
    "leaderboard",
    "leaderboard-phone",
    "named",
    "size",
}
"""The pictures that the documents show; others of the walk are not kept."""
VIEWS: dict[str, tuple[Literal["light", "dark"], ViewportSize]] = {
    "": ("light", WIDE),
    "-dark": ("dark", WIDE),
    "-phone": ("light", NARROW),
}


async def fill_board(address: str, samples: Sequence[dict[str, str]], votes: int) -> None:
    """Votes by a plain rule: the answer that shares more words with the picture's description."""
    random, cast = Random(1), 0
    with bar("Votes", votes) as ticks:
        while cast < votes:
            sample = random.choice(samples)
            async with Visitor(address) as visitor:
                url = await _send(visitor, sample)
                screen = await visitor.watch(url)
                texts = {side: pane.html for side, pane in screen.panes.items()}
                if screen.state != "voting":
                    continue  # both answers are the same
                await visitor.vote(url, _verdict(texts, sample["alt"]))
            cast += 1
            ticks.tick()


async def _send(visitor: Visitor, sample: dict[str, str]) -> str:
    response = await visitor.http.post(
        "/battles/",
        data={"prompt": sample["prompt"], "sample": Path(sample["file"]).stem},
        headers={"X-CSRFToken": visitor.http.cookies["csrftoken"], "Accept": "application/json"},
    )
    url: str = response.raise_for_status().json()["url"]
    return url


def _verdict(texts: Mapping[str, str], alt: str) -> str:
    told = {side: len(_words(text) & _words(alt)) for side, text in texts.items()}
    if told["a"] == told["b"]:
        return "tie" if told["a"] else "both_bad"
    return "a" if told["a"] > told["b"] else "b"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.lower()))


def shoot(browser: Browser, address: str, folder: Path, sample: dict[str, str]) -> None:
    """Each view in light and dark, wide and as on a phone."""
    for view, (scheme, size) in VIEWS.items():
        phone = size is NARROW
        page = browser.new_page(
            color_scheme=scheme,
            viewport=size,
            is_mobile=phone,
            has_touch=phone,
            reduced_motion="reduce",
        )
        while not _answers_differ(page, address, sample):
            pass
        _take(page, folder / f"battle{view}.png")
        if phone:  # the vote opens once both answers were seen
            page.locator(".side").last.click()
            expect(page.locator("[data-seen]:visible")).to_have_count(2)
        page.locator(f".vote[value={_verdict(shown(page), sample['alt'])}]").click()
        expect(page.locator(".insight")).to_have_count(2)
        _take(page, folder / f"reveal{view}.png")
        page.goto(f"{address}/leaderboard/")
        _take(page, folder / f"leaderboard{view}.png")
        page.goto(f"{address}/leaderboard/overall/size-and-cost/")
        _take(page, folder / f"size{view}.png")
        _ask_by_name(page, address, sample)
        _take(page, folder / f"named{view}.png")
        page.close()


def _answers_differ(page: Page, address: str, sample: dict[str, str]) -> bool:
    """Begin a battle; two equal answers leave nothing to vote on, and nothing to show."""
    page.goto(address)
    page.locator("input[name=image]").set_input_files(SAMPLES / sample["file"])
    page.get_by_label("Your question").fill(sample["prompt"])
    page.get_by_role("button", name="Send to both").click()
    page.wait_for_url("**/battles/*/")
    battle = page.locator("#battle")
    expect(battle).to_have_attribute("data-state", re.compile("voting|agreed"), timeout=60_000)
    return battle.get_attribute("data-state") == "voting"


def _ask_by_name(page: Page, address: str, sample: dict[str, str]) -> None:
    page.goto(f"{address}/ask/")
    page.get_by_label("Model", exact=True).select_option(index=1)
    page.get_by_label("Beside it").select_option(index=2)
    page.locator("input[name=image]").set_input_files(SAMPLES / sample["file"])
    page.get_by_label("Your question").fill(sample["prompt"])
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/battles/*/")
    until_state(page, "answered")


def _take(page: Page, file: Path) -> None:
    page.evaluate("document.activeElement.blur()")
    if file.stem in PICTURES:
        page.screenshot(path=file)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", default="emoji-06", help="the picture on show")
    parser.add_argument("--votes", type=int, default=40, help="on the board beforehand")
    args = parser.parse_args(argv)
    samples = json.loads((SAMPLES / "samples.json").read_text())
    with running(cards=SHIPPED) as stack:
        stack.await_models(2)
        asyncio.run(fill_board(stack.address, samples, args.votes))
        with chromium() as browser:
            [sample] = [row for row in samples if row["file"] == f"{args.sample}.png"]
            shoot(browser, stack.address, args.folder, sample)
    return 0


if __name__ == "__main__":
    sys.exit(main())
