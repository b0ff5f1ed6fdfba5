"""What happens to a stream when people and lines do what they do."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.steps import (
    battle_of,
    cast,
    pane_of,
    rewrite,
    send,
    shown,
    state_of,
    stored,
    until_state,
    until_text,
)
from tests.stack import until


@pytest.fixture(autouse=True)
def _models(arena):
    cast(arena, "calm-owl", "calm-elk")


def test_reload_mid_stream_loses_and_repeats_nothing(arena, page):
    battle = send(page, arena.address)
    until_text(page, "word8")
    page.reload()
    until_state(page, "voting")
    assert shown(page) == stored(arena, battle)


def test_a_cut_line_loses_and_repeats_nothing(arena, line, page):
    battle = send(page, line.address)
    for word in ("word5", "word15", "word30"):
        until_text(page, word)
        line.cut()
    until_state(page, "voting")
    assert shown(page) == stored(arena, battle)


def test_a_line_that_stays_cut_is_said_and_unsaid(arena, line, page):
    cast(arena, "slow-owl", "slow-elk")
    notice = page.locator("#battle").get_by_text("The connection was lost")
    send(page, line.address)
    until_text(page, "word2")
    line.blocks_sockets = True
    line.cut()
    expect(notice).to_be_visible()
    line.blocks_sockets = False
    expect(notice).to_be_hidden()


def test_blocked_websockets_are_said_and_a_reload_shows_the_answers(arena, line, page):
    line.blocks_sockets = True
    battle = send(page, line.address)
    blocked = page.locator("#battle").get_by_text("Live text is blocked")
    expect(blocked).to_be_visible()
    until(lambda: state_of(arena, battle) == "voting", "both answers")
    page.get_by_role("link", name="Reload").click()
    until_state(page, "voting")
    assert shown(page) == stored(arena, battle)


def test_stop_ends_both_sides_and_keeps_what_was_written(arena, page):
    cast(arena, "slow-owl", "slow-elk")
    battle = send(page, arena.address)
    until_text(page, "word1")
    page.keyboard.press("s")
    until_state(page, "stopped")
    for side in ("a", "b"):
        expect(pane_of(page, side)).to_have_attribute("data-state", "stopped")
        expect(pane_of(page, side)).to_contain_text("word0")
    expect(page.get_by_role("button", name="A is better")).to_be_hidden()
    assert state_of(arena, battle) == "stopped"


def test_one_side_is_stopped_by_its_key_and_the_other_goes_on(arena, page, hold):
    cast(arena, "calm-owl", "calm-elk")
    go_on = hold(20, "calm-owl", "calm-elk")
    battle = send(page, arena.address)
    until_text(page, "word1")
    page.keyboard.press("1")
    expect(pane_of(page, "a")).to_have_attribute("data-state", "stopped")
    expect(pane_of(page, "a")).to_contain_text("You stopped this answer")
    expect(page.locator(".dock__one-stopped")).to_be_visible()
    expect(pane_of(page, "b").get_by_role("button", name="Stop answer B")).to_be_visible()
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    go_on()
    until_state(page, "stopped")
    assert state_of(arena, battle) == "stopped"
    expect(pane_of(page, "b")).to_contain_text("word59")
    page.keyboard.press("r")
    until_state(page, "voting")
    expect(page.locator(".dock__one-stopped")).to_be_hidden()


def test_stopped_answers_can_start_again(arena, page):
    cast(arena, "slow-owl", "slow-elk")
    send(page, arena.address)
    until_text(page, "word1")
    page.keyboard.press("s")
    until_state(page, "stopped")
    page.keyboard.press("r")
    until_state(page, "generating")
    until_text(page, "word0")


def test_skip_leaves_without_vote_and_names(arena, page):
    cast(arena, "slow-owl", "slow-elk")
    battle = send(page, arena.address)
    page.keyboard.press("k")
    for place in ("#dock-status", "#announce"):
        expect(page.locator(place)).to_contain_text("You skipped this battle")
    assert state_of(arena, battle) == "skipped"
    expect(page.locator(".plate")).to_have_count(0)
    page.get_by_role("button", name="Show the names").click()
    expect(page.locator(".plate")).to_have_text([re.compile("Slow"), re.compile("Slow")])
    page.keyboard.press("e")
    expect(page.get_by_label("Your question")).to_have_value("What shape is this?")
    expect(page.locator(".picture__chosen img")).to_be_visible()


def test_a_failed_side_says_so_and_a_retry_mends_it(arena, page):
    cast(arena, "quick-owl", "sick-elk")
    battle = send(page, arena.address)
    until_state(page, "failed")
    expect(page.locator(".panes").get_by_text("This answer took too long")).to_have_count(1)
    expect(page.get_by_role("button", name="A is better")).to_be_hidden()
    rewrite(arena, "sick-elk", "tag=g,tokens=24,rate=200")
    page.keyboard.press("r")
    until_state(page, "voting")
    assert shown(page) == stored(arena, battle)
    rewrite(arena, "sick-elk", "tag=g,tokens=24,rate=200,fail=timeout,after=5")


def test_somebody_elses_battle_is_not_there(arena, page, open_page):
    battle = send(page, arena.address)
    stranger = open_page()
    answer = stranger.goto(f"{arena.address}/battles/{battle}/")
    assert answer is not None
    assert answer.status == 404
    expect(stranger.get_by_role("heading", level=1)).to_be_visible()


def test_a_vote_in_another_window_shows_its_names_here(arena, page):
    send(page, arena.address)
    until_state(page, "voting")
    twin = page.context.new_page()
    twin.goto(page.url)
    until_state(twin, "voting")
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)
    twin.keyboard.press("b")
    expect(twin.locator(".plate").first).to_contain_text("Your choice")
    assert battle_of(twin) == battle_of(page)


def twin_of(page):
    """The same battle in a second tab."""
    twin = page.context.new_page()
    twin.goto(page.url)
    return twin


def test_a_second_tab_shows_the_names_as_soon_as_the_first_has_voted(arena, page):
    send(page, arena.address)
    until_state(page, "voting")
    twin = twin_of(page)
    until_state(twin, "voting")
    twin.evaluate("window.untouched = true")
    page.keyboard.press("b")
    until_state(twin, "voted")
    until_state(page, "voted")  # on a busy machine the second tab may be the first to know
    expect(twin.locator(".plate").last).to_contain_text("Your choice")
    reveals = [tab.locator("#reveal") for tab in (page, twin)]
    # What is told beside the names is fetched by each page for itself.
    until(lambda: len({reveal.inner_text() for reveal in reveals}) == 1, "the same on both pages")
    assert twin.evaluate("window.untouched"), "the page was loaded again"


def test_a_second_tab_learns_of_a_skip(arena, page):
    cast(arena, "slow-owl", "slow-elk")
    send(page, arena.address)
    twin = twin_of(page)
    until_state(twin, "generating")
    page.keyboard.press("k")
    until_state(twin, "skipped")
    for place in ("#dock-status", "#announce"):
        expect(twin.locator(place)).to_contain_text("You skipped this battle")
    expect(twin.get_by_role("link", name="Next question")).to_be_visible()
