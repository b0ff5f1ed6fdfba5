"""A new operator's way: sign in, add a model, see it tried, activated, drawn and retired."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import cast
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
