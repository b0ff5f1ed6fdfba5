"""The loop on the models that come with the project."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import REAL
from tests.e2e.steps import cast, pane_of, send, shown, stored, until_state

LOADING_SECONDS = 120
"""The first answer waits for PyTorch and for both models."""


def test_real_answers_are_shown_as_stored_and_voted_on(arena, page):
    cast(arena, *REAL)
    battle = send(page, arena.address, "Which color is the circle?")
    expect(page.locator("#battle")).to_have_attribute(
        "data-state", re.compile("voting|agreed"), timeout=1000 * LOADING_SECONDS
    )
    for side in ("a", "b"):
        expect(pane_of(page, side).locator(".answer")).to_have_text(re.compile(r"\w{2,}"))
    assert shown(page) == stored(arena, battle)
    if page.locator("#battle").get_attribute("data-state") == "agreed":
        page.get_by_role("button", name="Show the names").click()
    page.keyboard.press("a")
    names = page.locator(".plate__name a")
    expect(names).to_have_count(2)
    assert set(names.all_inner_texts()) == set(REAL)


def test_a_prompt_that_only_the_worker_knows_to_be_too_long_is_refused_by_both(arena, page):
    cast(arena, *REAL)
    battle = send(page, arena.address, "x" * 2000)  # counted as English; in truth a token each
    until_state(page, "failed", LOADING_SECONDS)
    for side in ("a", "b"):
        expect(pane_of(page, side).locator(".pane__failure")).to_contain_text("may be too long")
    assert stored(arena, battle) == {"a": "", "b": ""}
