"""What holds for every page: accessible, light, narrow, and deaf to hostile text."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from arena.core.markdown import render
from tests.e2e.steps import cast, pane_of, send, until_state, until_text

PAGES = ("/", "/about/", "/leaderboard/", "/models/quick-owl/", "/nothing/")
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
HEAVIEST = 60_000
"""Bytes of the battle's page with all it loads, unpacked, without the visitor's picture."""


def faults(page):
    """What axe finds, in both colour schemes."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        violations = Axe().run(page).response["violations"]
        found += [(scheme, v["id"], [n["html"] for n in v["nodes"]]) for v in violations]
    return found


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(arena, page, path):
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


def test_axe_finds_nothing_beside_a_failure(arena, page):
    cast(arena, "quick-owl", "sick-elk")
    send(page, arena.address)
    until_state(page, "failed")
    assert faults(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_small_phone(arena, open_page, path):
    page = open_page(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    page.goto(arena.address + path)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_vote_is_under_the_thumb_of_a_small_phone(arena, open_page):
    cast(arena, "quick-owl", "quick-elk")
    page = open_page(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    send(page, arena.address)
    until_state(page, "voting")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    boxes = [box.bounding_box() for box in page.locator(".vote").all()]
    assert all(box["y"] + box["height"] <= 640 and box["height"] >= 44 for box in boxes)
    assert [box["y"] for box in boxes] == sorted(box["y"] for box in boxes)
    assert len({box["y"] for box in boxes}) == 2


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


def test_the_picture_opens_large_and_closes(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address, "What is round here?")
    page.get_by_role("button", name="Enlarge the picture").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What is round here?")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Enlarge the picture")).to_be_focused()
