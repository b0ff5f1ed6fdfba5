"""The leaderboard in a browser: live, readable without scripts or sockets, beside the API."""

from __future__ import annotations

import csv
import io

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.steps import cast, send, until_state
from tests.stack import until

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _models(arena):
    cast(arena, "quick-owl", "quick-elk")


@pytest.fixture
def vote(arena, open_page):
    """Adds a vote and returns how many there are then."""
    visitor = open_page()

    def vote():
        before = counted(arena)
        send(visitor, arena.address)
        until_state(visitor, "voting")
        visitor.keyboard.press("a")
        expect(visitor.locator(".plate")).to_have_count(2)
        until(lambda: counted(arena) == before + 1, "the vote on the board")
        return before + 1

    return vote


def board(arena):
    return httpx.get(f"{arena.address}/api/v1/leaderboard").json()


def counted(arena):
    return sum(row["vote_count"] for row in board(arena)["rows"]) // 2


def test_page_api_and_csv_show_the_same_rows(arena, page, vote):
    vote()
    page.goto(f"{arena.address}/leaderboard/")
    names = page.locator("tbody th a").all_inner_texts()
    assert names == [row["display_name"] for row in board(arena)["rows"]]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert [row["display_name"] for row in rows] == names


def test_who_stands_on_a_link_stays_there_when_the_table_moves(arena, page, vote):
    vote()
    page.goto(f"{arena.address}/leaderboard/")
    link = page.get_by_role("link", name="Quick Owl")
    link.focus()
    total = vote()
    expect(page.locator(".board__computed strong")).to_have_text(str(total), timeout=15_000)
    expect(link).to_be_focused()


def test_without_scripts_the_board_can_be_read(arena, open_page, vote):
    vote()
    page = open_page(java_script_enabled=False)
    page.goto(f"{arena.address}/leaderboard/")
    expect(page.get_by_role("row", name="Quick Owl")).to_be_visible()
    expect(page.locator("#live")).to_be_hidden()


def test_with_sockets_blocked_the_page_says_so_and_asks(arena, page, vote):
    page.route_web_socket("**/ws/leaderboard", lambda socket: socket.close())
    page.goto(f"{arena.address}/leaderboard/")
    total = vote()
    expect(page.locator("#live")).not_to_have_text("Live: new votes show at once.")
    expect(page.locator(".board__computed strong")).to_have_text(str(total), timeout=25_000)


def test_a_models_page_is_one_click_away(arena, page, vote):
    vote()
    page.goto(f"{arena.address}/leaderboard/")
    page.get_by_role("link", name="Quick Owl").click()
    expect(page.get_by_role("heading", name="Quick Owl")).to_be_visible()
    expect(page.get_by_role("row", name="Quick Elk")).to_be_visible()
