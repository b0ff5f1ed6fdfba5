"""Every page by the keyboard alone: all that can be clicked is reached, seen and not covered."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.chaos.ledger_of import settle
from tests.e2e.addresses import MISSING, PAGES
from tests.e2e.steps import cast, send, until_state

MOST_STOPS = 400
PREPARE = """() => {
  const wanted = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const groups = new Set();
  let number = 0;
  window.reachable = [];
  for (const element of document.querySelectorAll(wanted)) {
    element.dataset.stop = String(number++);
    const shown = element.checkVisibility({checkVisibilityCSS: true, checkOpacity: false});
    if (!shown || element.disabled || element.tabIndex < 0 || element.type === 'hidden') continue;
    if (element.type === 'radio') {
      if (groups.has(element.name)) continue;
      groups.add(element.name);
    }
    window.reachable.push(element.dataset.stop);
  }
  return window.reachable;
}"""
"""Numbers what can be clicked; of radio buttons that exclude each other one is enough."""
TO_THE_TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
}"""
"""Where the next Tab begins: else it goes on from where the focus was last."""
LOOK = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const ringed = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none';
  const box = element.getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height, 40) / 2, 1), innerHeight - 1);
  const onTop = document.elementFromPoint(x, y);
  const covered = onTop && !element.contains(onTop) && !onTop.contains(element);
  const label = element.labels && element.labels[0];
  return {
    stop: element.dataset.stop ?? '?',
    name: element.outerHTML.slice(0, 120),
    seen: ringed || style.boxShadow !== 'none' || element.type === 'file' || !!label,
    covered: !!covered && !(label && label.contains(onTop)),
    outside: box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth,
  };
}"""


def walk(page):
    """Press Tab until the page ends; return what can be clicked, and each stop as it was seen."""
    page.evaluate(TO_THE_TOP)
    wanted = page.evaluate(PREPARE)
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(LOOK)
        if stop is None or any(stop["stop"] == other["stop"] for other in stops):
            break
        stops.append(stop)
    return wanted, stops


def complaints(page):
    wanted, stops = walk(page)
    reached = {stop["stop"] for stop in stops}
    missing = [n for n in wanted if n not in reached]
    never = [page.locator(f"[data-stop='{n}']").evaluate("e => e.outerHTML") for n in missing]
    bad = [
        (fault, stop["name"])
        for stop in stops
        for fault, is_bad in (
            ("unseen", not stop["seen"]),
            ("covered", stop["covered"]),
            ("outside", stop["outside"]),
        )
        if is_bad
    ]
    return [("never reached", html[:120]) for html in never] + bad


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", [*PAGES.values(), MISSING])
def test_all_that_can_be_clicked_is_reached_and_seen(arena, open_page, path, width):
    settle(arena, 120)  # a table that moves takes the numbers away
    page = open_page(viewport={"width": width, "height": 740})
    page.goto(arena.address + path)
    assert complaints(page) == []


def test_a_battle_is_walked_through_before_and_after_the_vote(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address)
    until_state(page, "voting")
    assert complaints(page) == []
    page.evaluate(TO_THE_TOP)
    page.keyboard.press("a")
    expect(page.get_by_role("link", name="Next question")).to_be_focused()
    # What comes after the vote is numbered as a whole: a part that came later would have no number.
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert complaints(page) == []


def test_the_first_stop_leads_past_the_navigation(arena, page):
    for path in PAGES.values():
        page.goto(arena.address + path)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        inside = "e => document.querySelector('main').contains(e) || e.tagName === 'MAIN'"
        assert page.evaluate(f"({inside})(document.activeElement)"), path
