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
VIEWS: dict[str, tuple[Literal["light", "dark"], ViewportSize]] = {
    "": ("light", WIDE),
    "-dark": ("dark", WIDE),
    "-phone": ("light", NARROW),
}


async def fill_board(address: str, samples: Sequence[dict[str, str]], votes: int) -> None:
    """Votes by a plain rule: the answer that shares more words with the picture's description."""
    random = Random(1)
    with bar("Votes", votes) as ticks:
        for _ in range(votes):
            sample = random.choice(samples)
            async with Visitor(address) as visitor:
                url = await _send(visitor, sample)
                screen = await visitor.watch(url)
                texts = {side: pane.html for side, pane in screen.panes.items()}
                await visitor.vote(url, _verdict(texts, sample["alt"]))
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
        page.goto(address)
        page.locator("input[name=image]").set_input_files(SAMPLES / sample["file"])
        page.get_by_label("Your question").fill(sample["prompt"])
        _take(page, folder / f"compose{view}.png")
        page.get_by_role("button", name="Send to both").click()
        page.wait_for_url("**/battles/*/")
        until_state(page, "voting")
        _take(page, folder / f"battle{view}.png")
        page.locator(f".vote[value={_verdict(shown(page), sample['alt'])}]").click()
        expect(page.locator(".plate")).to_have_count(2)
        _take(page, folder / f"reveal{view}.png")
        page.goto(f"{address}/leaderboard/")
        _take(page, folder / f"leaderboard{view}.png")
        page.close()


def _take(page: Page, file: Path) -> None:
    page.evaluate("document.activeElement.blur()")
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
