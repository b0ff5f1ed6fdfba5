"""A vote that is cast under an open alarm waits until an operator has decided, and then counts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import CARDS
from tests.e2e.steps import send, until_state
from tests.e2e.test_pages import faults
from tests.stack import running, until

NAME, PASSWORD = "operator", "a long password"
ALARM = f"""
from django.contrib.auth.models import User
from arena.catalog.models import ModelVersion
from arena.integrity.models import Case, CaseVote
from arena.integrity.services.holding import hold_votes
from arena.ledger.services.folding import fold
from tests.factories import make_vote
User.objects.create_superuser({NAME!r}, password={PASSWORD!r})
vote = make_vote(*ModelVersion.objects.order_by("pk")[:2])
fold()
case = Case.objects.create(kind="drift", card=vote.version_a.card, direction=1, last_vote=vote.pk)
CaseVote.objects.create(case=case, vote=vote, carries=True)
hold_votes()
"""


@pytest.fixture(scope="module")
def alarmed():
    """An arena of its own: in that of the other tests no vote waits."""
    with running(cards=CARDS[:2]) as stack:
        stack.call(ALARM)
        yield stack


def until_shown(page, said, *, there=True):
    def shown():
        page.reload()
        return (said in page.locator("main").inner_text()) is there

    until(shown, f"{said!r}: {there}")


def decide(page, arena, button):
    page.goto(f"{arena.address}/admin/")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{arena.address}/admin/integrity/case/")
    page.get_by_role("link", name="new votes on a model differ").click()
    page.get_by_role("button", name=button).click()


def newest_event(arena):
    [row] = arena.rows(
        "SELECT kind, reason FROM leaderboard_ledgerentry WHERE vote_id ="
        " (SELECT MAX(id) FROM battles_vote) ORDER BY number DESC LIMIT 1"
    )
    return row["kind"], row["reason"]


@pytest.mark.timeout(600)  # it also waits for its own arena to start
def test_a_vote_under_an_open_alarm_waits_and_counts_once_an_operator_says_so(
    alarmed, page, open_page
):
    send(page, alarmed.address)
    until_state(page, "voting")
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)
    until_shown(page, "Your vote waits")
    assert newest_event(alarmed) == ("exclusion", "provisional")
    page.goto(f"{alarmed.address}/mine/")
    expect(page.locator(".own").get_by_text("waits", exact=True)).to_be_visible()
    assert faults(page) == []
    operator = open_page(viewport={"width": 1280, "height": 800})
    decide(operator, alarmed, "Dismiss: the votes count")
    expect(operator.get_by_text("Done for 2 votes.")).to_be_visible()
    until_shown(page, "Your vote waits", there=False)
    assert newest_event(alarmed) == ("restoration", "provisional")
