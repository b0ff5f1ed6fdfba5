"""What holds for every page: accessible, light, narrow, and deaf to hostile text."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from arena.rendering.markdown import render
from tests.chaos.ledger_of import settle
from tests.e2e.addresses import MISSING, PAGES
from tests.e2e.steps import cast, pane_of, send, until_state, until_text

EVERY_PAGE = (*PAGES.values(), MISSING)
COLUMNS = 12
TABLE = ["| a long column " * COLUMNS + "|", "|---" * COLUMNS + "|", "| cell " * COLUMNS + "|"]
RICH = "\n\n".join(
    [
        "# Heading",
        "A paragraph with `code`, **weight** and a [link](https://example.org/)" + "long" * 60,
        "\n".join(TABLE),
        "    " + "indented code " * 40,
        "> a quotation",
        "1. one\n2. two",
    ]
)
VIOLATIONS = {"resultTypes": ["violations"]}
"""All that axe needs to tell."""
TURN_ROUND = "() => { document.documentElement.dir = 'rtl'; }"
LENGTHEN = """() => {
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const data = "script, style, svg, code, pre, bdi, [dir=auto], .visually-hidden";
  while (words.nextNode()) {
    const text = words.currentNode;
    const longer = text.data.trim().replace(/[aeiou]/g, "$&$&");
    if (longer && !text.parentElement.closest(data)) text.data = ` [${longer}] `;
  }
}"""
"""A made-up language: every text two fifths longer, in words that can't be broken elsewhere."""
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const style = getComputedStyle(one);
  const hides = /hidden|clip/.test(style.overflowX) && style.clipPath === "none";
  return hides && one.scrollWidth > one.clientWidth + 1 && one.innerText?.trim();
}).map((one) => one.outerHTML.slice(0, 200))"""
"""Elements that hide a part of their own text."""
HEAVIEST = 120_000
"""Bytes of the battle's page with all it loads, unpacked, without the visitor's picture."""

MOST_REQUESTS = 25


def faults(page):
    """What axe finds, in both colour schemes."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        violations = Axe().run(page, options=VIOLATIONS).response["violations"]
        found += [(scheme, v["id"], [n["html"] for n in v["nodes"]]) for v in violations]
    return found


def fits_in_any_language(page):
    """Nothing is wider than the page or cut off: as it is, right to left, and in long words."""
    for change in ("() => null", TURN_ROUND, LENGTHEN):
        page.evaluate(change)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, change
        assert page.evaluate(CUT_OFF) == [], change


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_axe_finds_nothing(arena, page, path):
    settle(arena, 120)
    page.goto(arena.address + path)
    assert faults(page) == []


def test_axe_finds_nothing_while_composing(arena, page):
    page.goto(arena.address)
    page.get_by_role("button", name="Send to both").click()
    expect(page.locator("#prompt-error")).not_to_be_empty()
    assert faults(page) == []
    page.get_by_role("button", name="Surprise me").click()
    expect(page.locator(".picture__chosen")).to_be_visible()
    assert faults(page) == []


def test_axe_finds_nothing_on_the_way_to_the_names(arena, page):
    cast(arena, "slow-owl", "slow-elk")
    send(page, arena.address)
    until_text(page, "word1")
    assert faults(page) == []
    page.keyboard.press("s")
    until_state(page, "stopped")
    assert faults(page) == []
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address)
    until_state(page, "voting")
    assert faults(page) == []
    page.keyboard.press("t")
    expect(page.locator(".plate")).to_have_count(2)
    assert faults(page) == []


def test_axe_finds_nothing_on_a_shared_page(arena, page, open_page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address)
    until_state(page, "voting")
    page.keyboard.press("a")
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Make a public page").click()
    address = page.locator(".share a").get_attribute("href")
    assert faults(page) == []
    stranger = open_page(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    stranger.goto(arena.address + address)
    expect(stranger.locator(".pane[data-chosen]")).to_contain_text("Quick")
    assert stranger.evaluate("document.documentElement.scrollWidth") == 360
    assert faults(stranger) == []
    page.get_by_role("button", name="Delete the public page").click()
    expect(page.locator(".share a")).to_have_count(0)
    gone = stranger.goto(arena.address + address)
    assert gone is not None
    assert gone.status == 404


def test_axe_finds_nothing_beside_a_failure(arena, page):
    cast(arena, "quick-owl", "sick-elk")
    send(page, arena.address)
    until_state(page, "failed")
    assert faults(page) == []


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_nothing_is_wider_than_a_small_phone_in_any_language(arena, open_page, path):
    settle(arena, 120)  # a table that is made anew has its own words again
    page = open_page(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    page.goto(arena.address + path)
    fits_in_any_language(page)


def test_the_vote_is_under_the_thumb_of_a_small_phone(arena, open_page):
    cast(arena, "quick-owl", "quick-elk")
    page = open_page(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    send(page, arena.address)
    until_state(page, "voting")
    boxes = [box.bounding_box() for box in page.locator(".vote").all()]
    assert all(box["y"] + box["height"] <= 640 and box["height"] >= 44 for box in boxes)
    assert [box["y"] for box in boxes] == sorted(box["y"] for box in boxes)
    assert len({box["y"] for box in boxes}) == 2
    fits_in_any_language(page)


def test_the_battle_page_is_light(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address)
    until_state(page, "voting")
    address, loaded = page.url, []
    page.goto("about:blank")  # what the first page still loads has no body any more
    page.on("response", lambda response: loaded.append(response))
    page.goto(address, wait_until="networkidle")
    weight = {r.url: len(r.body()) for r in loaded if not r.url.endswith("/image") and r.ok}
    assert sum(weight.values()) < HEAVIEST, weight
    assert len(loaded) < MOST_REQUESTS, [response.url for response in loaded]


def test_axe_finds_nothing_where_regions_are_blurred(arena, page):
    """By keyboard alone, from the names to what others see."""
    cast(arena, "quick-owl", "quick-elk")
    battle = send(page, arena.address)
    until_state(page, "voting")
    page.keyboard.press("a")
    page.get_by_role("link", name="Blur parts of the picture").press("Enter")
    page.wait_for_url("**/blur/")  # with its scripts: without them the button asks the server
    page.get_by_role("button", name="Add a region").press("Enter")
    left = page.get_by_label("Left")
    expect(left).to_be_focused()
    left.press("ArrowUp")
    expect(left).to_have_value("41")
    expect(page.locator(".regions__box[data-lit]")).to_have_css("position", "absolute")
    page.get_by_role("button", name="Add a region").press("Enter")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".regions__box")).to_have_count(1)
    assert faults(page) == []
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(left).to_have_value("41")
    [row] = arena.rows(
        "SELECT regions FROM battles_blurredregions JOIN battles_battle b ON b.id = battle_id"
        " WHERE b.public_id = ?",
        battle,
    )
    assert json.loads(row["regions"]) == [[0.41, 0.4, 0.61, 0.6]]
    assert faults(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    fits_in_any_language(page)


def test_hostile_text_of_the_open_block_is_shown_as_text(arena, page):
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    frame = {"type": "side", "side": "a", "attempt": 1, "number": 1, "state": "streaming"}
    frame |= {"reset": True, "html": "", "more": hostile, "code": ""}
    cast(arena, "slow-owl", "slow-elk")
    page.route_web_socket("**/ws/battles/*", lambda socket: socket.send(json.dumps(frame)))
    send(page, arena.address)
    expect(pane_of(page, "a").locator(".answer__open")).to_have_text(hostile)
    assert page.locator(".pane img, .pane script").count() == 0
    assert page.title().startswith("Battle")


def test_a_rich_answer_stays_inside_its_pane(arena, open_page):
    page = open_page(viewport={"width": 360, "height": 640})
    frame = {"type": "side", "side": "a", "attempt": 1, "number": 1, "state": "ended"}
    frame |= {"reset": True, "html": render(RICH), "more": "", "code": ""}
    cast(arena, "slow-owl", "slow-elk")
    page.route_web_socket("**/ws/battles/*", lambda socket: socket.send(json.dumps(frame)))
    send(page, arena.address)
    expect(pane_of(page, "a").locator("td")).to_have_count(COLUMNS)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert faults(page) == []


def test_the_pages_speak_german(arena, page):
    page.goto(arena.address)
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_keys_can_be_switched_off(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address)
    until_state(page, "voting")
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Keys are on").uncheck()
    page.locator(".pane__body").first.focus()
    page.keyboard.press("a")
    page.reload()
    until_state(page, "voting")


def test_the_picture_opens_to_its_own_pixels_by_keys_wheel_and_drag(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address, "What is round here?")
    page.locator("h1").focus()
    page.keyboard.press("i")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What is round here?")
    picture, view = dialog.locator(".lightbox__picture"), dialog.locator(".lightbox__view")
    expect(view).to_be_focused()
    page.keyboard.press("1")
    assert picture.bounding_box()["width"] == 320
    for _ in range(9):
        page.keyboard.press("+")
    where = "view => [view.scrollLeft, view.scrollTop]"
    left, top = view.evaluate(where)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    assert view.evaluate(where) == [left + 60, top - 60]
    page.mouse.move(600, 400)
    page.mouse.down()
    page.mouse.move(570, 420)
    page.mouse.up()
    assert view.evaluate(where) == [left + 90, top - 80]
    assert faults(page) == []
    large = picture.bounding_box()["width"]
    page.mouse.wheel(0, 300)
    expect(dialog.locator("[data-scale]")).not_to_have_text("745 %")
    assert picture.bounding_box()["width"] < large
    page.keyboard.press("i")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Enlarge the picture").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Enlarge the picture")).to_be_focused()
