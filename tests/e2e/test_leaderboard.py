"""The leaderboard in a browser: live, readable without scripts or sockets, beside the API."""

from __future__ import annotations

import csv
import io

import httpx
import pytest
from playwright.sync_api import expect

from tests.chaos.ledger_of import settle
from tests.e2e.steps import cast, send, until_state
from tests.e2e.test_pages import faults
from tests.stack import until

PATHS = (
    "/leaderboard/",
    "/leaderboard/?q=nothing",
    "/leaderboard/overall/matrices/",
    "/leaderboard/overall/history/",
    "/leaderboard/overall/size-and-cost/",
    "/models/quick-owl/",
    "/methodology/",
)


@pytest.fixture(autouse=True)
def _models(arena):
    cast(arena, "quick-owl", "quick-elk")


@pytest.fixture
def vote(arena, open_page):
    """Adds a vote and returns how many there are then."""
    visitor = open_page()

    def vote():
        settle(arena, 120)  # a vote of the test before
        before = counted(arena)
        send(visitor, arena.address)
        until_state(visitor, "voting")
        visitor.keyboard.press("a")
        expect(visitor.locator(".plate")).to_have_count(2)
        until(lambda: counted(arena) == before + 1, "the vote on the board")
        return before + 1

    return vote


@pytest.fixture
def rated(arena, request):
    """A board with votes: those of an earlier test, or one of its own."""
    settle(arena, 120)
    names = {row["display_name"] for row in board(arena)["rows"]}
    # Models stand on a board without votes, too, whose page has no table yet.
    if not names >= {"Quick Owl", "Quick Elk"} or not counted(arena):
        request.getfixturevalue("vote")()


def board(arena):
    return httpx.get(f"{arena.address}/api/v1/leaderboard", timeout=60).json()


def counted(arena):
    return sum(row["vote_count"] for row in board(arena)["rows"]) // 2


@pytest.mark.database
def test_page_api_and_csv_show_the_same_rows(arena, page, rated):
    page.goto(f"{arena.address}/leaderboard/")
    names = [row["display_name"] for row in board(arena)["rows"]]
    # The page may be one that was made a moment before this board, and then hears of it.
    expect(page.locator("tbody th a")).to_have_text(names)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert [row["display_name"] for row in rows] == names


def test_who_stands_on_a_link_stays_there_when_the_table_moves(arena, page, rated, vote):
    page.goto(f"{arena.address}/leaderboard/")
    link = page.get_by_role("link", name="Quick Owl")
    link.focus()
    total = vote()
    expect(page.locator("#votes")).to_have_text(str(total))
    expect(link).to_be_focused()


def test_without_scripts_the_board_can_be_read(arena, open_page, rated):
    page = open_page(java_script_enabled=False)
    page.goto(f"{arena.address}/leaderboard/")
    expect(page.get_by_role("row", name="Quick Owl")).to_be_visible()
    expect(page.locator("#live")).to_be_hidden()


def test_with_sockets_blocked_the_page_says_so_and_asks(arena, page, vote):
    page.route_web_socket("**/ws/leaderboard/*", lambda socket: socket.close())
    page.goto(f"{arena.address}/leaderboard/")
    total = vote()
    expect(page.locator("#live")).not_to_have_text("Live: new votes show at once.")
    expect(page.locator("#votes")).to_have_text(str(total))


def test_a_models_page_is_one_click_away(arena, page, rated):
    page.goto(f"{arena.address}/leaderboard/")
    page.get_by_role("link", name="Quick Owl").click()
    expect(page.get_by_role("heading", name="Quick Owl")).to_be_visible()
    expect(page.get_by_role("row", name="Quick Elk")).to_be_visible()


def test_a_search_is_shown_while_it_is_typed_and_stays_in_the_address(arena, page, rated):
    page.goto(f"{arena.address}/leaderboard/")
    page.get_by_label("Search model or organisation").press_sequentially("quick elk")
    expect(page.locator("tbody th a")).to_have_text(["Quick Elk"])
    expect(page.locator("#count")).to_contain_text("1 of ")
    assert page.url.endswith("/leaderboard/?q=quick+elk")
    page.reload()
    expect(page.get_by_label("Search model or organisation")).to_have_value("quick elk")
    expect(page.locator("tbody th a")).to_have_text(["Quick Elk"])


def test_a_new_vote_leaves_search_order_and_cursor_alone(arena, page, rated, vote):
    page.goto(f"{arena.address}/leaderboard/?sort=name")
    field = page.get_by_label("Search model or organisation")
    field.press_sequentially("quick")
    expect(page.locator("tbody th a")).to_have_text(["Quick Elk", "Quick Owl"])
    total = vote()
    expect(page.locator("#votes")).to_have_text(str(total))
    expect(page.locator("tbody th a")).to_have_text(["Quick Elk", "Quick Owl"])
    expect(field).to_be_focused()
    expect(field).to_have_value("quick")


def test_headings_sort_by_keyboard_and_the_back_button_undoes_it(arena, page, rated):
    page.goto(f"{arena.address}/leaderboard/")
    heading = page.get_by_role("columnheader", name="Votes")
    heading.get_by_role("link").press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(heading.get_by_role("link")).to_be_focused()
    expect(page.get_by_label("Sort by")).to_have_value("-votes")
    page.go_back()
    expect(page.get_by_role("columnheader", name="Rating").first).to_be_visible()
    expect(heading).not_to_have_attribute("aria-sort", "descending")
    expect(page.get_by_label("Sort by")).to_have_value("")


def test_show_all_leads_back_to_the_search(arena, page, rated):
    page.goto(f"{arena.address}/leaderboard/?q=owl&sort=name")
    page.get_by_role("link", name="Show all").press("Enter")
    expect(page.get_by_role("row", name="Quick Elk")).to_be_visible()
    field = page.get_by_label("Search model or organisation")
    expect(field).to_be_focused()
    expect(field).to_have_value("")


def test_filters_work_without_scripts(arena, open_page, rated):
    page = open_page(java_script_enabled=False)
    page.goto(f"{arena.address}/leaderboard/")
    page.get_by_label("Search model or organisation").fill("elk")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row", name="Quick Elk")).to_be_visible()
    expect(page.get_by_role("row", name="Quick Owl")).to_have_count(0)


def test_the_keyboard_reaches_every_view(arena, page, rated):
    page.goto(f"{arena.address}/leaderboard/")
    page.get_by_role("link", name="Who met whom").press("Enter")
    expect(page.get_by_role("heading", name="Win rate")).to_be_visible()
    page.keyboard.press("Tab")
    page.get_by_role("link", name="History").press("Enter")
    expect(page).to_have_url(f"{arena.address}/leaderboard/overall/history/")


def test_on_a_phone_the_first_row_is_in_sight(arena, open_page, rated):
    page = open_page(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page.goto(f"{arena.address}/leaderboard/")
    first = page.locator("tbody tr").first.bounding_box()
    assert first["y"] + first["height"] <= 740
    page.get_by_text("Search, filter, sort").click()
    expect(page.get_by_label("Sort by")).to_be_visible()


def test_on_a_phone_no_words_are_cut_and_rows_stay_rows(arena, open_page, rated):
    cast(arena, "quick-owl", "quick-elk", "calm-owl")
    page = open_page(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    page.goto(f"{arena.address}/leaderboard/")
    state = page.get_by_text("to go").first
    box = state.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert state.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
    expect(page.get_by_role("row", name="Calm Owl").get_by_role("cell").first).to_be_visible()


@pytest.mark.parametrize("path", ["/leaderboard/", "/models/quick-owl/", "/methodology/"])
def test_no_column_runs_out_of_sight(arena, open_page, rated, path):
    page = open_page(locale="de-DE")
    for width in (360, 768, 1024):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(arena.address + path)
        tables = page.locator(".board:visible, .table-scroll:visible").all()
        assert tables
        assert all(table.evaluate("one => one.scrollWidth <= one.clientWidth") for table in tables)


def test_the_headings_stay_in_sight(arena, page, rated):
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto(f"{arena.address}/leaderboard/")
    page.get_by_role("row").last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 100)
    expect(page.get_by_role("columnheader", name="Win rate")).to_be_in_viewport()


def test_on_paper_the_board_is_light_and_whole(arena, page, rated):
    page.goto(f"{arena.address}/leaderboard/")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("row", name="Quick Owl")).to_be_visible()
    expect(page.locator(".narrow, .tabs, .site-nav").filter(visible=True)).to_have_count(0)
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(245, 245, 242)"


def test_on_paper_no_column_of_a_matrix_is_lost(arena, page, rated):
    page.set_viewport_size({"width": 717, "height": 1000})
    page.goto(f"{arena.address}/leaderboard/overall/matrices/")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") == 717


@pytest.mark.parametrize("path", PATHS)
def test_axe_and_a_small_phone_find_nothing(arena, open_page, rated, path):
    page = open_page(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    page.goto(arena.address + path)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert faults(page) == []
