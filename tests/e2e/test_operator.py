"""An operator's ways: add a model and see it tried, activated, drawn and retired; define a board;
put a label right; take a vote out and back in."""

from __future__ import annotations

import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.steps import cast, send, until_state
from tests.stack import ROOT, until

NAME, PASSWORD = "operator", "a long password"
CREATE = (
    "import django; django.setup(); from django.contrib.auth.models import User;"
    f"User.objects.create_superuser({NAME!r}, password={PASSWORD!r})"
)


@pytest.fixture(scope="module")
def _operator(arena):
    env = {**arena.env, "DJANGO_SETTINGS_MODULE": "arena.config.settings"}
    subprocess.run([sys.executable, "-c", CREATE], env=env, cwd=ROOT, check=True)


@pytest.fixture
def admin(arena, page, _operator):
    page.goto(f"{arena.address}/admin/")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Model cards").first.click()
    return page


def choose(page, name, action):
    page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option(label=action)
    page.get_by_role("button", name="Go").click()


def add(page, name, source):
    page.get_by_role("link", name="Add model card").click()
    page.get_by_label("Name:").press_sequentially(name)
    page.get_by_label("Source:").fill(source)
    page.get_by_label("Backend:").fill("scripted")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"The trial of {name} has started.")).to_be_visible()


def until_trial(page, name, says):
    def shown():
        page.reload()
        return says in page.get_by_role("row", name=name).inner_text()

    until(shown, says)


def drawn(arena):
    [plan] = arena.rows("SELECT pairs FROM battles_drawplan ORDER BY id DESC LIMIT 1")
    return "fresh-owl" in plan["pairs"]


def test_a_model_is_added_tried_activated_drawn_and_retired(arena, admin):
    cast(arena, "quick-owl", "quick-elk")
    add(admin, "Fresh Owl", "tag=z,tokens=8,rate=200")
    until_trial(admin, "Fresh Owl", "answers")
    choose(admin, "Fresh Owl", "Activate the selected models")
    expect(admin.get_by_text("1 model: Activated.")).to_be_visible()
    until(lambda: drawn(arena), "the new model in the draw plan")
    choose(admin, "Fresh Owl", "Retire the selected models")
    until(lambda: not drawn(arena), "the retired model out of the draw plan")


def test_a_model_that_does_not_answer_is_not_activated(admin):
    add(admin, "Mute Owl", "tag=y,tokens=8,rate=200,fail=refused,after=1")
    until_trial(admin, "Mute Owl", "does not answer")
    choose(admin, "Mute Owl", "Activate the selected models")
    expect(admin.get_by_text("Mute Owl can't be activated")).to_be_visible()


def test_the_workers_page_shows_the_one_that_answers(admin):
    admin.get_by_role("link", name="Workers").click()
    expect(admin.get_by_role("row", name="inference")).to_be_visible()


def faults(page):
    """What axe finds. It may not load the imported style sheets of the admin by itself: it would
    put them into the page, which the site's policy refuses."""
    return Axe().run(page, options={"preload": False}).response["violations"]


def ask_and_vote(arena, page, prompt):
    """The operator tries the site as a voter does."""
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address, prompt)
    until_state(page, "voting")
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)


def labelled(arena, category):
    """Whether the ledger has a vote under this category."""
    rows = arena.rows(
        "SELECT e.number FROM leaderboard_ledgerentry e"
        " JOIN labels_labelset s ON s.id = e.labels_id WHERE s.category = ?",
        category,
    )
    return bool(rows)


def define(page, arena, name, category):
    page.goto(f"{arena.address}/admin/leaderboard/board/add/")
    page.get_by_label("Name:").press_sequentially(name)
    page.get_by_label("Category:").fill(category)
    page.get_by_label("Parameters of the method:").fill('{"min_votes": 1}')


def until_shown(page, address, text):
    def shown():
        page.goto(address)
        return text in page.locator("main").inner_text()

    until(shown, text)


def test_a_board_is_defined_counted_and_seen_on_the_site(arena, admin):
    ask_and_vote(arena, admin, "How many wheels are there?")
    until(lambda: labelled(arena, "counting"), "the vote in the ledger")
    define(admin, arena, "Counting things", "counting")
    admin.get_by_role("button", name="Count the votes").press("Enter")
    expect(admin.get_by_role("status")).to_contain_text("1 vote now")
    assert faults(admin) == []
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text("1 vote now")).to_be_visible()
    until_shown(admin, f"{arena.address}/leaderboard/counting-things/", "Quick Owl")
    assert "Counting things" in admin.locator("main").inner_text()


def test_nonsense_is_refused_in_the_form(arena, admin):
    define(admin, arena, "Broken", "counting")
    admin.get_by_label("Parameters of the method:").fill('{"k": 3}')
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text("bradley_terry knows no k; it knows: penalty")).to_be_visible()
    assert faults(admin) == []


def test_a_label_is_put_right_in_bulk(arena, admin):
    ask_and_vote(arena, admin, "Is the fox tired?")
    until(lambda: labelled(arena, ""), "the vote in the ledger")
    admin.goto(f"{arena.address}/admin/labels/battlelabels/?q=fox")
    choose(admin, "Is the fox tired?", "Set the category …")
    assert faults(admin) == []
    admin.get_by_label("Category:").fill("foxes")
    admin.get_by_role("button", name="Set").click()
    expect(admin.get_by_role("row", name="Is the fox tired?")).to_contain_text("foxes")
    until(lambda: labelled(arena, "foxes"), "the vote under its new label")


def test_a_vote_is_taken_out_and_back_in(arena, admin):
    ask_and_vote(arena, admin, "What is this?")
    until(lambda: labelled(arena, "entity"), "the vote in the ledger")
    admin.goto(f"{arena.address}/admin/battles/vote/")
    for action, button, now in (
        ("Exclude from", "Exclude", "no"),
        ("Restore to", "Restore", "yes"),
    ):
        newest = admin.locator("#result_list").get_by_role("row").nth(1)
        newest.get_by_role("checkbox").check()
        admin.get_by_label("Action:").select_option(label=f"{action} the ranking …")
        admin.get_by_role("button", name="Go").click()
        assert faults(admin) == []
        admin.get_by_role("button", name=button).click()
        expect(admin.get_by_text("Done for 1 vote.")).to_be_visible()
        expect(newest.locator(".field-standing")).to_contain_text(now)
