"""A site under load asks a browser for some work, and says so."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from arena.gates import windows
from tests.arena.gates.counts import forget_counts
from tests.e2e.conftest import FREE_BATTLES
from tests.e2e.steps import PICTURE, cast


@pytest.fixture
def busy(arena, settings):
    """An arena whose free battles are used up."""
    cast(arena, "quick-owl", "quick-elk")
    settings.LIMITS_STORAGE = arena.redis_url
    forget_counts()
    forget_free(arena)
    assert not windows.CountingWindow("free").hit(FREE_BATTLES, "site", "site", cost=5000)
    yield arena
    forget_free(arena)
    forget_counts()


def forget_free(arena):
    """Make the arena forget the battles that other tests have begun without any work."""
    for key in arena.redis.scan_iter("va:limits*free*"):
        arena.redis.delete(key)


def send(page):
    page.locator("input[name=image]").first.set_input_files(PICTURE)
    page.get_by_label("Your question").fill("What is this?")
    page.get_by_role("button", name="Send to both").click()


def test_a_browser_does_the_work_and_the_battle_begins(busy, page):
    page.goto(busy.address)
    answers = []
    page.on("response", lambda one: answers.append((urlsplit(one.url).path, one.status)))
    send(page)
    page.wait_for_url("**/battles/*/")
    assert [status for path, status in answers if path == "/battles/"] == [428, 201]


def test_without_scripts_a_sentence_says_what_to_do(busy, open_page):
    page = open_page(java_script_enabled=False)
    page.goto(busy.address)
    send(page)
    expect(page.locator("main")).to_contain_text("please switch them on, or come back")
    expect(page.locator("main")).to_contain_text("What is this?")
