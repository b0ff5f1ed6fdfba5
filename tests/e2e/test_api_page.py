"""The page of the API in a browser: it shows every address, tries one, and asks nobody else."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect


@pytest.fixture
def shown(arena, page):
    """The page with all addresses, and what the browser asked for."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{arena.address}/api/v1/docs")
    paths = httpx.get(f"{arena.address}/api/v1/openapi.json", timeout=60).json()["paths"]
    expect(page.locator(".opblock")).to_have_count(len(paths))
    return page, asked


def test_it_asks_nobody_else(arena, shown):
    _, asked = shown
    own = (f"{arena.address}/", "data:")
    assert [address for address in asked if not address.startswith(own)] == []


@pytest.mark.database
def test_an_address_can_be_tried(shown):
    page, _ = shown
    block = page.locator(".opblock", has=page.locator("[data-path='/api/v1/boards']"))
    block.locator(".opblock-summary").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table .response-col_status").last).to_have_text("200")
