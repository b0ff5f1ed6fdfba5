"""A question to models chosen by name: names in sight, nothing to vote on, at any width."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.steps import PICTURE, battle_of, cast, pane_of, state_of, until_state
from tests.e2e.test_pages import faults

CONFIRMING = """(before) => before.insertAdjacentHTML("beforebegin",
  "<label><input type=checkbox name=of_age required> I am at least 16 years old.</label>")"""
"""The box that an arena with a minimum age has in this form."""
VOTES = "SELECT COUNT(*) AS votes FROM battles_vote"


def test_two_models_answer_by_name_and_go_on(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    [before] = arena.rows(VOTES)
    page.goto(f"{arena.address}/models/quick-owl/")
    page.get_by_role("link", name="Ask this model").click()
    expect(page.get_by_label("Model", exact=True)).to_have_value("quick-owl")
    page.get_by_label("Beside it").select_option("quick-elk")
    page.locator("input[name=image]").set_input_files(PICTURE)
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    page.get_by_label("Your question").fill("What shape is this?")
    page.locator(".compose__send").evaluate(CONFIRMING)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".form-error")).to_contain_text("Please tick what has to be confirmed")
    box = page.get_by_label("I am at least 16 years old.")
    expect(box).to_be_focused()
    box.check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/battles/*/")
    until_state(page, "answered")
    expect(pane_of(page, "a")).to_contain_text("Quick Owl")
    expect(pane_of(page, "b")).to_contain_text("Quick Elk")
    expect(page.locator(".vote")).to_have_count(0)
    page.locator(".pane__body").first.focus()
    page.keyboard.press("a")
    assert faults(page) == []
    page.get_by_role("textbox", name="One more question").fill("And now?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".said").first).to_contain_text("What shape is this?")
    until_state(page, "answered")
    assert state_of(arena, battle_of(page)) == "answered"
    assert arena.rows(VOTES) == [before]


def test_one_model_answers_alone_on_a_phone_and_without_scripts(arena, open_page):
    cast(arena, "quick-owl", "quick-elk")
    phone = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
    page = open_page(**phone)
    page.goto(f"{arena.address}/ask/?model=quick-elk")
    page.get_by_role("button", name="Surprise me").click()
    expect(page.locator(".picture__chosen")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/battles/*/")
    until_state(page, "answered")
    expect(page.locator(".pane")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert faults(page) == []
    plain = open_page(java_script_enabled=False, **phone)
    plain.goto(f"{arena.address}/ask/?model=quick-elk")
    assert plain.evaluate("document.documentElement.scrollWidth") == 360
    plain.locator("input[name=image]").first.set_input_files(PICTURE)
    plain.get_by_label("Your question").fill("What shape is this?")
    plain.get_by_role("button", name="Send", exact=True).click()
    plain.wait_for_url("**/battles/*/")
    expect(plain.get_by_text("there is no vote")).to_be_visible()
    expect(pane_of(plain, "a")).to_contain_text("Quick Elk")
