"""Boxes over a picture are moved and pulled by arrow keys, and drawn with a finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import cast, send, until_state
from tests.stack import until


@pytest.fixture
def editor(arena, page):
    """A voter's own picture in the form, which has one region."""
    cast(arena, "quick-owl", "quick-elk")
    battle = send(page, arena.address)
    until_state(page, "voting")
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)
    page.goto(f"{arena.address}/battles/{battle}/blur/")
    page.get_by_role("button", name="Add a region").click()
    return page


def test_arrow_keys_move_a_box_and_pull_its_corner(editor):
    place = editor.get_by_role("slider", name="Region 1: Position")
    size = editor.get_by_role("slider", name="Region 1: Size")
    place.press("ArrowRight")
    place.press("Shift+ArrowDown")
    expect(place).to_be_focused()
    expect(place).to_have_attribute("aria-valuetext", "Left 41%, Top 50%")
    place.press("Tab")
    expect(size).to_be_focused()
    expect(size).to_have_css("outline-style", "solid")
    editor.keyboard.press("ArrowLeft")
    expect(size).to_have_attribute("aria-valuetext", "Width 19%, Height 20%")
    for _ in range(4):
        size.press("Shift+ArrowDown")
    expect(size).to_have_attribute("aria-valuetext", "Width 19%, Height 50%")
    for _ in range(2):
        editor.get_by_role("button", name="Undo").press("Enter")
    expect(editor.get_by_label("Height")).to_have_value("30")
    editor.get_by_role("button", name="Add a region").press("Enter")
    place.press("Delete")
    expect(editor.get_by_role("slider")).to_have_count(2)
    expect(place).to_be_focused()
    place.press("Delete")
    expect(editor.get_by_role("button", name="Add a region")).to_be_focused()


def test_a_finger_draws_and_pulls_where_a_page_runs_from_right_to_left(editor, open_page):
    known = editor.context.storage_state()
    phone = open_page(
        viewport={"width": 360, "height": 640},
        is_mobile=True,
        has_touch=True,
        locale="ar",
        storage_state=known,
    )
    phone.goto(editor.url)
    finger = Finger(phone)
    finger.draws((0.5, 0.2), (0.7, 0.6))
    corner = phone.locator(".regions__corner")
    expect(corner).to_have_count(1)
    assert phone.evaluate("[document.dir, scrollY, visualViewport.scale]") == ["rtl", 0, 1]
    until_near(phone, 50, 20, 20, 40)
    finger.draws((0.7, 0.6), (1, 0.9))
    until_near(phone, 50, 20, 50, 70)
    finger.draws((0.6, 0.5), (0.2, 0.6))
    until_near(phone, 10, 30, 50, 70)
    finger.draws((0.9, 0.1), (0.9, 0.1))
    expect(corner).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth") == 360


class Finger:
    """One finger on the picture of a page, by real touches."""

    def __init__(self, page):
        self.touches = page.context.new_cdp_session(page)
        self.box = page.locator("[data-stage] img").bounding_box()

    def draws(self, begin, end):
        """From one place of the picture to another, given in shares of it."""
        self.touch("touchStart", begin)
        for step in (0.25, 0.5, 0.75, 1):
            self.touch("touchMove", [a + step * (b - a) for a, b in zip(begin, end, strict=True)])
        self.touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def touch(self, kind, place):
        x = self.box["x"] + place[0] * self.box["width"]
        y = self.box["y"] + place[1] * self.box["height"]
        points = [{"x": x, "y": y}]
        self.touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def values(page):
    """The numbers of the newest region."""
    return [float(one.input_value()) for one in page.locator("[data-list] li input").all()[-4:]]


def until_near(page, *wanted):
    """Within the pixel or so by which a touch differs from what was asked for."""

    def near():
        return all(abs(one - other) < 2 for one, other in zip(values(page), wanted, strict=True))

    until(near, f"a region at {wanted}")
