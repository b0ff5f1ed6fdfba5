"""Two answers beside each other: swiped on a phone, compared word by word, copied, read from the
top."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from arena.rendering.markdown import render
from tests.e2e.steps import battle_of, cast, pane_of, send, stored, until_state
from tests.e2e.test_pages import faults

LONG = "\n\n".join([f"Paragraph {number}." for number in range(80)] + ["```\nprint(1)\n```"])
COPIED = "navigator.clipboard.readText()"
MARKED = "[...(CSS.highlights.get('differs') ?? [])].map((range) => String(range))"
PHONE = {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True}
WIDTH = "document.documentElement.scrollWidth"


def answered(page, arena):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address)
    until_state(page, "voting")


def test_on_a_phone_the_vote_opens_once_both_answers_were_seen(arena, open_page):
    page = open_page(**PHONE)
    page.goto(arena.address)
    page.get_by_role("button", name="Surprise me").click()
    expect(page.get_by_role("button", name="Send to both")).to_be_in_viewport()
    answered(page, arena)
    links, seen = page.locator(".side"), page.locator("[data-seen]:visible")
    expect(seen).to_have_count(1)
    expect(links.first).to_have_attribute("aria-current", "true")
    page.keyboard.press("a")
    expect(page.locator("#announce")).to_contain_text("Look at the other one")
    page.set_viewport_size({"width": 320, "height": 568})
    assert page.evaluate(WIDTH) == 320
    links.last.click()
    expect(seen).to_have_count(2)
    expect(links.last).to_have_attribute("aria-current", "true")
    expect(page.locator("#announce")).to_contain_text("You can vote now")
    assert faults(page) == []
    page.get_by_role("button", name="B is better").click()
    expect(page.locator(".plate")).to_have_count(2)


def test_two_fingers_enlarge_the_picture_on_a_phone(arena, open_page):
    page = open_page(**PHONE)
    answered(page, arena)
    page.get_by_role("button", name="Enlarge the picture").click()
    picture = page.locator(".lightbox__picture")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    for kind, far in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60), ("touchEnd", 0)):
        points = [{"x": x + by, "y": y, "id": n} for n, by in enumerate((-far, far))] if far else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(picture).to_have_css("width", f"{3 * box['width']:g}px")
    assert page.evaluate(WIDTH) == 360


def test_d_underlines_what_differs_and_an_answer_is_copied_as_it_was_written(arena, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answered(page, arena)
    texts = stored(arena, battle_of(page))
    pane_of(page, "b").get_by_role("link", name="Copy as Markdown").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    assert " ".join(page.evaluate(COPIED).split()) == texts["b"]
    page.keyboard.press("d")
    expect(page.locator("#announce")).to_contain_text("1 in A, 1 in B")
    ends = [text.rpartition(" ")[2] for text in texts.values()]
    assert sorted(page.evaluate(MARKED)) == sorted(ends)
    assert faults(page) == []
    page.keyboard.press("a")
    tool = page.locator(".reveal__ways").get_by_role("button", name="Differences")
    expect(tool).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("d")
    expect(tool).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(MARKED) == []


def test_a_long_answer_begins_at_its_top_and_its_letter_stays_in_sight(arena, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    frame = {"type": "side", "side": "a", "attempt": 1, "number": 1, "state": "ended"}
    frame |= {"reset": True, "html": render(LONG), "more": "", "code": ""}
    cast(arena, "slow-owl", "slow-elk")
    page.route_web_socket("**/ws/battles/*", lambda socket: socket.send(json.dumps(frame)))
    send(page, arena.address)
    pane = pane_of(page, "a")
    expect(pane.get_by_text("Paragraph 0.")).to_be_in_viewport()
    pane.get_by_role("button", name="Copy the code").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    assert page.evaluate(COPIED) == "print(1)\n"
    page.set_viewport_size({"width": 800, "height": 800})
    pane.get_by_text("Paragraph 70.").scroll_into_view_if_needed()
    for side in ("a", "b"):
        expect(pane_of(page, side).get_by_role("heading")).to_be_in_viewport()
    assert faults(page) == []
