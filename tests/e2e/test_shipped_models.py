"""The loop on the models that come with the project: they look at the picture that was sent."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import pane_of, send, shown, stored, until_state
from tests.stack import SHIPPED, running


@pytest.fixture(scope="module")
def shipped():
    with running(cards=SHIPPED) as stack:
        stack.await_models(2)
        yield stack


def test_picture_to_board_with_real_answers(shipped, page, open_page):
    board = open_page()
    board.goto(f"{shipped.address}/leaderboard/")
    battle = send(page, shipped.address, "Which color is the circle?")
    until_state(page, "voting")
    for side in ("a", "b"):
        expect(pane_of(page, side).locator(".answer")).to_have_text(re.compile(r"\w{2,}"))
    assert shown(page) == stored(shipped, battle)
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)
    expect(board.locator(".board__computed strong")).to_have_text("1", timeout=15_000)
