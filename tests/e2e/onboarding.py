"""A new operator's first model, click by click: from signing in to an answer of the new model.

python -m tests.e2e.onboarding docs/images takes the pictures of docs/howto/first-model.md anew.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.browser import chromium
from tests.e2e.steps import until_state
from tests.stack import ROOT, Card, Stack, running, until

NAME, PASSWORD = "newcomer", "a long password"
FOLDER = "my-first-vlm"
VIEW: ViewportSize = {"width": 1280, "height": 800}
MOST_CLICKS, MOST_SECONDS = 15, 120
SHIPPED = ROOT / "inference_worker/checkpoints/kestrel-xs"
OTHER = Card("heron-s", "shipped:heron-s", "Heron S", backend="transformers")
"""The model that the new one meets in its first battle."""

_COUNT = """
addEventListener("click", (event) => {
  const before = Number(sessionStorage.getItem("clicks") || 0);
  if (event.isTrusted && event.detail > 0) sessionStorage.setItem("clicks", before + 1);
}, true);
"""
"""Counted by the browser itself: ``detail`` is 0 for a key that presses a button."""


@dataclass(frozen=True, slots=True)
class OnboardingWalk:
    """The effort of an operator. Clicks are those of the mouse; typing and keys are not counted."""

    clicks: int
    seconds: float


def prepare(stack: Stack) -> Path:
    """Create the operator's account, and put a tiny real model into the folder of models."""
    stack.call(
        "from django.contrib.auth.models import User;"
        f"User.objects.create_superuser({NAME!r}, password={PASSWORD!r})"
    )
    return Path(shutil.copytree(SHIPPED, stack.folder.models / FOLDER))


def onboard(page: Page, stack: Stack, folder: Path, take: Callable[[str], None]) -> OnboardingWalk:
    """Walk through the admin as the how-to says, and ask the new model the first question.

    ``take`` is told the name of each step once its page is there.
    """
    page.add_init_script(_COUNT)
    began = time.monotonic()
    page.goto(f"{stack.address}/admin/")
    take("sign-in")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(NAME)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    take("dashboard")
    page.get_by_role("link", name="Model cards").first.click()
    take("cards")
    page.get_by_role("link", name="Add a model").click()
    expect(page.get_by_label("Model:", exact=True)).to_be_focused()
    take("add")
    page.keyboard.type(str(folder))
    page.get_by_role("button", name="Fill in the rest").click()
    expect(page.get_by_label("Source:")).to_have_value(str(folder))
    take("form")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Watch it.").click()
    expect(page.get_by_text("It passed its probe.")).to_be_visible(timeout=90_000)
    take("probe")
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("From the next battle on, voters get")).to_be_visible()
    take("activated")
    until(lambda: _is_drawn(stack), "the new model in the draw plan")
    page.get_by_role("link", name="View site").click()
    page.wait_for_url(f"{stack.address}/")  # with its scripts: a click before them is lost
    _ask_first_question(page)
    take("drawn")
    clicks = page.evaluate("Number(sessionStorage.getItem('clicks'))")
    return OnboardingWalk(clicks, time.monotonic() - began)


def _ask_first_question(page: Page) -> None:
    page.get_by_role("button", name="Surprise me").click()
    expect(page.locator(".picture__chosen")).to_be_visible()
    page.get_by_role("button", name="Send to both").click()
    page.wait_for_url("**/battles/*/")
    until_state(page, "voting")
    page.locator(".vote[value=tie]").click()
    expect(page.locator(".plate", has_text=FOLDER)).to_have_count(1)


def _is_drawn(stack: Stack) -> bool:
    [plan] = stack.rows("SELECT pairs FROM battles_drawplan ORDER BY id DESC LIMIT 1")
    return FOLDER in plan["pairs"]


def shoot(page: Page, file: Path) -> None:
    """Take a picture of what is on the screen."""
    page.screenshot(path=file)


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures, and print what the walk took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)

    args = parser.parse_args(argv)
    with running(cards=(OTHER,)) as stack, chromium() as browser:
        page = browser.new_page(viewport=VIEW, reduced_motion="reduce")
        folder = prepare(stack)
        walk = onboard(
            page,
            stack,
            folder,
            lambda step: shoot(page, args.folder / f"onboarding-{step}.png"),
        )
    print(f"{walk.clicks} clicks, {walk.seconds:.0f} s")
    return int(walk.clicks > MOST_CLICKS or walk.seconds > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
