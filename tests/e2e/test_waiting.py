"""Who asks for a lot in a short time waits, and the page goes on by itself."""

from __future__ import annotations

from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from arena.gates.windows import CountingWindow
from tests.arena.gates.counts import forget_counts
from tests.e2e.conftest import VOTERS_BATTLES
from tests.e2e.steps import PICTURE, battle_of, cast, until_state

LONGER_MS = 500_000
"""More than two windows of those battles."""


@pytest.fixture
def limits(arena, page, settings):
    """The limits as the arena counts them; no battle is prepared before they are used up."""
    cast(arena, "quick-owl", "quick-elk")
    page.route("**/prepare", lambda route: route.fulfill(status=204))
    settings.LIMITS_STORAGE = arena.redis_url
    forget_counts()
    yield arena
    let_through(arena)
    forget_counts()


def use_up(arena, page):
    """The voter of a battle has begun as many as may be begun."""
    query = "SELECT voter_id FROM battles_battle WHERE public_id = ?"
    row = arena.rows(query, battle_of(page))[0]
    voter = str(UUID(str(row["voter_id"])))
    window, most = CountingWindow("battle"), int(VOTERS_BATTLES.partition("/")[0])
    window.hit(VOTERS_BATTLES, "voter", voter, cost=most - 100)
    while not window.hit(VOTERS_BATTLES, "voter", voter):
        pass
    prepared = "SELECT id FROM battles_battle WHERE prepared AND voter_id = ?"
    assert arena.rows(prepared, row["voter_id"]) == []


def let_through(arena):
    for key in arena.redis.scan_iter("va:limits*battle*"):
        arena.redis.delete(key)


def test_the_next_battle_and_a_question_are_sent_once_the_time_has_come(limits, page):
    page.clock.install()
    page.goto(limits.address)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Send to both")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/battles/*/")
    until_state(page, "voting")
    use_up(limits, page)
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)
    page.keyboard.press("n")
    expect(page.locator("main")).to_contain_text("This page goes on by itself in")
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    let_through(limits)
    page.clock.fast_forward(LONGER_MS)
    page.wait_for_url(lambda url: "/battles/" in url and not url.endswith("/next"))
    use_up(limits, page)
    page.goto(limits.address)
    page.locator("input[name=image]").first.set_input_files(PICTURE)
    page.get_by_label("Your question").fill("What is this?")
    page.get_by_role("button", name="Send to both").click()
    expect(page.locator(".form-note")).to_contain_text("The arena can take your question in")
    page.get_by_label("Your question").fill("What is that?")
    expect(page.locator(".form-note")).to_be_empty()
    page.get_by_role("button", name="Send to both").click()
    expect(page.locator(".form-note")).to_contain_text("kept as it is")
    let_through(limits)
    page.clock.fast_forward(LONGER_MS)
    page.wait_for_url("**/battles/*/")
    expect(page.locator(".subject__prompt")).to_have_text("What is that?")


def test_without_scripts_the_button_sends_it_again(limits, page, open_page):
    page.goto(limits.address)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Send to both")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/battles/*/")
    until_state(page, "voting")
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)
    plain = open_page(java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    use_up(limits, page)
    plain.goto(page.url)
    expect(plain.locator("kbd:visible")).to_have_count(0)
    plain.get_by_role("button", name="Next battle").click()
    expect(plain.locator("main")).to_contain_text("Please try again in")
    let_through(limits)
    plain.get_by_role("button", name="Try again").click()
    plain.wait_for_url(lambda url: "/battles/" in url and not url.endswith("/next"))
