"""Each page of the admin in a browser: within the screen, clean under axe, in both themes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.stack import ROOT

NAME, PASSWORD = "overseer", "a long password"
FILL = f"""
import django; django.setup()
from django.contrib.auth.models import User
from django.utils import timezone
from arena.battles.models import Image, ModerationReview, Vote
from arena.catalog.models import ModelCard, ModelVersion, ProbeReport
from arena.gates.models import InvitedModel
from arena.integrity.models import Case, CaseVote
from arena.probes.services import finish_report
from arena.shadows.models import ShadowAnswer
from arena.spending.models import CardBudget
from arena.voters.models import Invitation
from tests.arena.probes.probing import outcome_of
from tests.factories import compared, make_battle, make_card, make_version, make_vote
User.objects.create_superuser({NAME!r}, password={PASSWORD!r})
versions = list(ModelVersion.objects.order_by("pk")[:2])
for choice in ("a", "b", "tie"):
    make_vote(*versions, choice)
CardBudget.objects.create(card=versions[0].card, battles_a_day=100_000, price_output=2)
now = timezone.now()
trial = make_version(make_card("quiet-jay", state="trial"), tried_at=now)
ProbeReport.objects.create(version=trial, asked_at=now)
finish_report(outcome_of(trial))
secret = make_version(make_card("silent-auk", unlisted=True))
team = Invitation.objects.create(label="The team")
InvitedModel.objects.create(invitation=team, card=secret.card)
battle = make_battle(secret, versions[0], state="voted", unlisted=True)
about = dict(compared(battle), choice="a", unlisted=True)
Vote.objects.create(battle=battle, voter=battle.voter, **about)
ShadowAnswer.objects.create(
    version=trial, turn=battle.turns.get(), asked_at=now, state="ended", text="A heron. " * 60
)
ModerationReview.objects.create(battle=battle, why="violence: ask")
Image.objects.update(marked=[[0.1, 0.1, 0.5, 0.5]], marked_at=now)
case = Case.objects.create(kind="drift", card=versions[0].card, last_vote=1)
CaseVote.objects.create(case=case, vote=Vote.objects.earliest("pk"))
"""
OTHERS = (
    "catalog/modelcard/add/",
    "catalog/modelcard/add-model/",
    "auth/user/add/",
    "auth/group/add/",
    "boards/board/add/",
    "spending/cardbudget/add/",
    "voters/invitation/add/",
    "evaluation/evaluatortoken/add/",
    "password_change/",
    "battles/vote/?choice__exact=a",
)
ROWS = {
    "catalog/modelcard": "catalog_modelcard",
    "battles/battle": "battles_battle",
    "battles/vote": "battles_vote",
    "battles/moderationreview": "battles_moderationreview",
    "gates/invitedmodel": "gates_invitedmodel",
    "integrity/case": "integrity_case",
    "boards/board": "leaderboard_board",
    "auth/user": "auth_user",
}
OPTIONS = {"preload": False, "resultTypes": ["violations"]}
"""axe may not load style sheets by itself, and need not tell all that is as it should be."""
AT_REST = "Promise.all(document.getAnimations().map(one => one.finished)).then(() => true)"
"""Holds once no colour is on its way to that of the other scheme."""
CUT_OFF = """Array.from(document.querySelectorAll("fieldset.module")).flatMap((box) =>
  Array.from(box.querySelectorAll("input, select, textarea, .help, .readonly")).filter((one) =>
    one.getBoundingClientRect().right > box.getBoundingClientRect().right && !one.closest("table")
  ).map((one) => one.name || one.className))"""
"""Fields that stick out of their group, which hides what does; tables scroll by themselves."""
VIEWS = (("light", 1280), ("dark", 360))
"""Each theme and each width once: contrast and width don't depend on each other."""


@pytest.fixture(scope="module")
def overseer(arena):
    env = {**arena.env, "DJANGO_SETTINGS_MODULE": "arena.config.settings"}
    subprocess.run([sys.executable, "-c", FILL], env=env, cwd=ROOT, check=True)


def faults(page):
    return [
        (violation["id"], violation["nodes"][0]["target"])
        for violation in Axe().run(page, options=OPTIONS).response["violations"]
    ]


def addresses(arena, page):
    """What the navigation leads to, one row of some lists, and pages without a link there."""
    links = page.locator("#side a").evaluate_all("links => links.map(link => link.href)")
    rows = []
    for path, table in ROWS.items():
        [found] = arena.rows(f"SELECT max(id) AS newest FROM {table}")  # noqa: S608  # words of this test
        rows.append(f"{path}/{found['newest']}/change/")
    rows.append(rows[1].replace("/change/", "/blur/"))
    [probed] = arena.rows("SELECT max(version_id) AS version FROM catalog_probereport")
    rows.append(f"catalog/modelcard/probe/{probed['version']}/")
    return [*links, *(f"{arena.address}/admin/{path}" for path in (*rows, *OTHERS))]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_page_fits_the_screen_and_is_clean(arena, open_page, overseer):
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{arena.address}/admin/")
    wrong = in_each_view(page)
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    found = addresses(arena, page)
    assert len(found) > 25
    for address in found:
        assert page.goto(address).status == 200, address
        wrong += in_each_view(page)
    assert wrong == []


def in_each_view(page):
    """What is wrong with a page in any of the views."""
    wrong = []
    for scheme, width in VIEWS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(AT_REST)
        found = faults(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append("too wide")
        found += page.evaluate(CUT_OFF)
        wrong += [(page.url, scheme, width, fault) for fault in found]
    return wrong


@pytest.mark.slow
def test_on_a_phone_the_sections_are_a_menu_that_keys_open(arena, open_page, overseer):
    page = open_page(viewport={"width": 360, "height": 800})
    page.goto(f"{arena.address}/admin/")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator(".menu > summary").press("Enter")
    page.locator(".menu").get_by_role("link", name="Votes", exact=True).press("Enter")
    page.wait_for_url("**/admin/battles/vote/")
    page.locator(".choice > summary").first.press("Enter")
    page.get_by_role("link", name="A is better").press("Enter")
    page.wait_for_url("**choice__exact=a")
