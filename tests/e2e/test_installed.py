"""An installed arena: the page of a lost connection, and a photo that another program shares."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.line import Line
from tests.e2e.steps import PICTURE, cast, until_state

READY = "navigator.serviceWorker.ready.then(({ active }) => active.state)"
CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
  }
  return found.sort();
}"""
SHARE = """([bytes, name]) => {
  const form = document.createElement("form");
  Object.assign(form, { action: "/receive/", method: "post", enctype: "multipart/form-data" });
  const input = Object.assign(document.createElement("input"), { type: "file", name: "image" });
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  input.files = data.files;
  const text = Object.assign(document.createElement("input"), { name: "text", value: "Shared" });
  form.append(input, text);
  document.body.append(form);
  form.submit();
}"""
"""What the system does for a program that shares a photo: a form that comes from nowhere."""


@pytest.fixture
def installed(arena, open_page):
    page = open_page(service_workers="allow")
    page.goto(arena.address)
    assert page.evaluate(READY) in ("activating", "activated")
    return page


def test_a_shared_photo_waits_on_the_page_and_nothing_else_is_kept(arena, installed):
    cast(arena, "quick-owl", "quick-elk")
    page, sent = installed, []
    page.on("request", lambda request: sent.append((request.method, request.url)))
    before = page.evaluate(CACHED)
    page.evaluate(SHARE, [list(PICTURE["buffer"]), "Ferien ü.png"])
    expect(page.locator(".picture__name")).to_have_text("Ferien ü.png")
    expect(page.get_by_label("Your question")).to_have_value("Shared")
    assert page.url == f"{arena.address}/"
    page.get_by_role("button", name="Send to both").click()
    page.wait_for_url("**/battles/*/")
    until_state(page, "voting")
    assert page.evaluate(CACHED) == before
    page.goto(f"{arena.address}/?received")
    expect(page.locator("#picture-error")).to_contain_text("did not arrive")


def test_without_a_connection_a_page_says_so(arena, open_page):
    page = open_page(service_workers="allow")
    with Line(arena.address) as line:
        page.goto(line.address)
        assert page.evaluate(READY) in ("activating", "activated")
        address = f"{line.address}/leaderboard/"
    page.goto(address)
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
    assert page.url == address
