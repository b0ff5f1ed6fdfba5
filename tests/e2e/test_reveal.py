"""What follows a vote: facts, one tap for a reason, and the way back."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.steps import battle_of, cast, send, until_state

pytestmark = pytest.mark.database


@pytest.fixture
def voted(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address)
    until_state(page, "voting")
    page.keyboard.press("a")
    expect(page.locator(".insight")).to_have_count(2)
    return page


def reasons(arena, page):
    return [
        row["reason"]
        for row in arena.rows(
            "SELECT reason FROM feedback_votereason r JOIN battles_vote v ON v.id = r.vote_id"
            " JOIN battles_battle b ON b.id = v.battle_id WHERE b.public_id = ? ORDER BY reason",
            battle_of(page),
        )
    ]


def test_one_tap_says_why_and_another_takes_it_back(arena, voted):
    first = voted.locator(".insight").first
    invents = first.get_by_role("button", name="invents things")
    for said in (True, False, True):
        invents.click()
        expect(invents).to_have_attribute("aria-pressed", str(said).lower())
    partly = first.get_by_role("button", name="partly right")
    wrong = first.get_by_role("button", name="wrong", exact=True)
    for button in (partly, wrong):
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
    expect(partly).to_have_attribute("aria-pressed", "false")
    assert reasons(arena, voted) == ["invents"]
    voted.reload()
    expect(voted.locator(".tap[aria-pressed=true]")).to_have_text(["wrong", "invents things"])


def test_z_takes_the_vote_back_and_a_button_puts_it_back(voted):
    voted.keyboard.press("z")
    expect(voted.get_by_text("You took this vote back").first).to_be_visible()
    expect(voted.get_by_role("link", name="Next question")).to_be_focused()
    voted.get_by_role("button", name="Count it after all").click()
    expect(voted.get_by_role("button", name="Undo")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 768, 360])
def test_the_facts_are_accessible_and_fit(voted, width):
    voted.set_viewport_size({"width": width, "height": 740})
    assert voted.evaluate("document.documentElement.scrollWidth") == width
    assert [one["id"] for one in Axe().run(voted).response["violations"]] == []
    expect(voted.get_by_role("group", name="Answer A")).to_have_count(2)
    letters = voted.locator(".insight__side")
    assert [one.is_visible() for one in letters.all()] == [width == 360] * 2
    voted.locator(".insight").first.scroll_into_view_if_needed()
    expect(voted.get_by_role("link", name="Next question")).to_be_in_viewport()


def test_without_scripts_all_of_it_works_by_forms(arena, voted, open_page):
    plain = open_page(java_script_enabled=False)
    plain.context.add_cookies(voted.context.cookies())
    plain.goto(voted.url)
    expect(plain.locator(".subject__plain")).to_be_visible()
    plain.locator(".insight").last.get_by_role("button", name="too long").click()
    expect(plain.locator(".tap[aria-pressed=true]")).to_have_text(["too long"])
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_text("You took this vote back")).to_be_visible()
    assert reasons(arena, voted) == ["too_long"]
