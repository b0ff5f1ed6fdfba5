"""One's own battles in a browser: a vote is taken back there, a public page deleted."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.steps import cast, send, until_state
from tests.e2e.test_pages import faults


def test_votes_are_taken_back_and_public_pages_deleted_from_the_list(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address, "What is round here?")
    until_state(page, "voting")
    page.keyboard.press("a")
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Make a public page").click()
    expect(page.locator(".share a")).to_be_focused()
    public = page.locator(".share a").get_attribute("href")
    page.goto(f"{arena.address}/mine/")
    assert faults(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="Take the vote back").click()
    expect(page.get_by_text("taken back", exact=True)).to_be_visible()
    page.get_by_role("button", name="Count it after all").click()
    expect(page.get_by_role("button", name="Take the vote back")).to_be_visible()
    shared = page.get_by_role("region", name="Your public pages")
    expect(shared.get_by_role("link")).to_have_attribute("href", public)
    shared.get_by_role("button", name="Delete the public page").click()
    expect(shared).to_have_count(0)
    assert page.url == f"{arena.address}/mine/"


def test_an_account_leads_to_the_same_battles_in_another_browser(arena, page, open_page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address)
    until_state(page, "voting")
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)
    page.goto(f"{arena.address}/mine/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Name", exact=True).fill("ada")
    for label in ("New password", "New password, once more"):
        page.get_by_label(label, exact=True).fill("a fish that reads the paper")
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_role("status")).to_contain_text("Your account is there")
    assert faults(page) == []
    other = open_page(viewport={"width": 360, "height": 740})
    other.goto(f"{arena.address}/mine/")
    other.get_by_role("link", name="Sign in").click()
    other.get_by_label("Name", exact=True).fill("Ada")
    other.get_by_label("Password", exact=True).fill("a fish that reads the paper")
    other.get_by_role("button", name="Sign in").click()
    expect(other.locator(".own-list > li")).to_have_count(1)
    other.get_by_role("button", name="Sign out").click()
    other.goto(f"{arena.address}/mine/")
    expect(other.locator(".own-list")).to_have_count(0)
