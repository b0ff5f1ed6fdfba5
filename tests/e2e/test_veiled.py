"""A quick and a slow model whose answers are shown by the same timetable."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import cast, pane_of, send, shown, state_of, stored, until_state
from tests.stack import until

PIECE = 50
WATCH = """() => {
  // Frames come for a, then for b: with b's, both panes have what a reader has at that time.
  window.seen = [];
  const panes = [...document.querySelectorAll(".pane")];
  const now = () => panes.map((pane) => [
    pane.dataset.state, pane.querySelector(".pane__body").textContent.length]);
  const changes = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(() => window.seen.push(now())).observe(panes[1], changes);
}"""


@pytest.fixture(scope="module")
def veiled(arena):
    """The same arena, whose new battles are veiled."""
    arena.kill("web")
    arena.launch("web", ARENA_PACING="veiled")
    yield arena
    arena.kill("web")
    arena.launch("web")


@pytest.fixture(params=[("quick-owl", "calm-elk"), ("calm-owl", "quick-elk")], ids=str)
def pair(request, arena):
    """Which of both is a is drawn by lot."""
    cast(arena, *request.param)
    return request.param


def running(page):
    """What stood in both panes while both answered, each time that it changed."""
    seen = page.evaluate("window.seen")
    return [both for both in seen if {state for state, _ in both} == {"streaming"}]


def test_both_panes_grow_in_step_and_end_together_with_all_of_it(veiled, page, pair, hold):
    go_on = hold(0, *pair)
    battle = send(page, veiled.address)
    page.evaluate(WATCH)
    go_on()
    until_state(page, "voting")
    lengths = [(a, b) for (_, a), (_, b) in running(page)]
    alike = sorted({a for a, b in lengths if a == b})
    assert len(alike) >= 3, lengths
    assert {(b - a) % PIECE for a, b in itertools.pairwise(alike)} == {0}, lengths
    assert all(a <= c and b <= d for (a, b), (c, d) in itertools.pairwise(lengths)), lengths
    ends = {tuple(state for state, _ in both) for both in page.evaluate("window.seen")}
    assert ends <= {("waiting", "waiting"), ("streaming", "streaming"), ("ended", "ended")}
    assert shown(page) == stored(veiled, battle)


def test_a_reload_shows_nothing_of_the_side_that_ended_first(veiled, page, hold):
    cast(veiled, "quick-owl", "slow-elk")
    hold(12, "slow-elk")
    battle = send(page, veiled.address)
    until(lambda: sorted(states(veiled, battle))[0] == "ended", "the quick one")
    page.reload()
    page.evaluate(WATCH)
    for side in ("a", "b"):
        expect(pane_of(page, side)).to_have_attribute("data-state", "streaming")
        expect(pane_of(page, side).locator(".answer__open")).to_contain_text("word1")
    assert "word23" not in page.locator(".panes").inner_text()
    page.keyboard.press("s")
    until_state(page, "stopped")
    texts = shown(page)
    assert texts["a"] == texts["b"]
    assert state_of(veiled, battle) == "stopped"


def states(arena, battle):
    rows = arena.rows(
        "SELECT g.state FROM battles_generation g JOIN battles_turn t ON t.id = g.turn_id"
        " JOIN battles_battle b ON b.id = t.battle_id WHERE b.public_id = ?",
        battle,
    )
    return [row["state"] for row in rows]
