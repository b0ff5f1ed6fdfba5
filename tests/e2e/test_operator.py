"""An operator's ways: add a model and see it tried, activated, drawn and retired; define a board;
put a label right; take a vote out and back in."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e import onboarding
from tests.e2e.steps import cast, send, until_state
from tests.inference_worker.backends.remote.behaviours import BEHAVIOURS
from tests.inference_worker.backends.remote.serving import Reply, serving
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


def fill_in_by_hand(page):
    page.get_by_role("link", name="Add a model").click()
    page.get_by_role("link", name="Fill in everything by hand").click()


def add(page, name, source):
    fill_in_by_hand(page)
    page.get_by_label("Name:").press_sequentially(name)
    page.get_by_label("Source:").fill(source)
    page.get_by_label("Backend:").select_option("scripted")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"The probe of {name} has started.")).to_be_visible()


def until_probe(page, name, says):
    def shown():
        page.reload()
        return says in page.get_by_role("row", name=name).inner_text()

    until(shown, says)


def drawn(arena):
    [plan] = arena.rows("SELECT pairs FROM battles_drawplan ORDER BY id DESC LIMIT 1")
    return "fresh-owl" in plan["pairs"]


def test_a_model_is_added_tried_activated_drawn_and_retired(arena, admin):
    cast(arena, "quick-owl", "quick-elk")
    add(admin, "Fresh Owl", "tag=z,tokens=8,rate=200,text=sees")
    until_probe(admin, "Fresh Owl", "answers")
    choose(admin, "Fresh Owl", "Activate the selected models")
    expect(admin.get_by_text("1 model: Activated.")).to_be_visible()
    until(lambda: drawn(arena), "the new model in the draw plan")
    choose(admin, "Fresh Owl", "Retire the selected models …")
    admin.get_by_role("button", name="Retire").click()
    until(lambda: not drawn(arena), "the retired model out of the draw plan")


def test_a_new_operator_sees_a_folder_of_his_own_answer_in_two_minutes(arena, page):
    cast(arena, "quick-owl")
    folder = onboarding.prepare(arena)
    walk = onboarding.onboard(page, arena, folder, lambda _step: None)
    assert walk.clicks <= onboarding.MOST_CLICKS


def test_a_probe_is_watched_and_its_report_says_what_it_found(admin, tmp_path):
    go = tmp_path / "go"
    fill_in_by_hand(admin)
    admin.get_by_label("Name:").press_sequentially("Patient Owl")
    admin.get_by_label("Source:").fill(f"tag=patient,tokens=8,text=sees,hold={go}")
    admin.get_by_label("Backend:").select_option("scripted")
    admin.get_by_role("button", name="Save", exact=True).click()
    admin.get_by_role("link", name="Watch it.").click()
    expect(admin.get_by_role("status")).to_contain_text("asking")
    go.touch()
    expect(admin.get_by_text("It passed its probe.")).to_be_visible()
    expect(admin.get_by_role("row", name="Looks at the picture")).to_contain_text("yes")
    for width in (1280, 360):
        admin.set_viewport_size({"width": width, "height": 800})
        assert admin.evaluate("document.documentElement.scrollWidth") == width
        assert faults(admin) == []


def test_a_model_that_does_not_look_says_so_and_what_to_do(admin):
    add(admin, "Blind Owl", "tag=blind,tokens=8,rate=200")
    until_probe(admin, "Blind Owl", "it does not look at them")
    admin.get_by_role("row", name="Blind Owl").get_by_role("link", name="does not answer").click()
    expect(admin.get_by_text("What to do:")).to_be_visible()
    assert faults(admin) == []


def test_a_model_that_does_not_answer_is_not_activated(admin):
    add(admin, "Mute Owl", "tag=y,tokens=8,rate=200,fail=refused,after=1")
    until_probe(admin, "Mute Owl", "does not answer")
    choose(admin, "Mute Owl", "Activate the selected models")
    expect(admin.get_by_text("Mute Owl can't be activated")).to_be_visible()


def test_a_model_that_thinks_is_chosen_from_its_endpoint_and_tried(admin):
    def script(message):
        if message is None:
            return Reply(body=b'{"data": [{"id": "some-vlm"}, {"id": "other"}]}')
        return BEHAVIOURS["vllm reasoning"].script(message)

    with serving(script) as port:
        fill_in_by_hand(admin)
        admin.get_by_label("Name:").press_sequentially("Deep Owl")
        admin.get_by_label("Backend:").select_option("openai")
        admin.get_by_label("Endpoint:", exact=True).fill(f"http://127.0.0.1:{port}/v1")
        admin.get_by_role("button", name="Models at the endpoint").press("Enter")
        expect(admin.get_by_role("status")).to_contain_text("other, some-vlm")
        assert faults(admin) == []
        admin.get_by_label("Source:").fill("some-vlm")
        admin.get_by_role("button", name="Save", exact=True).click()
        expect(admin.get_by_text("The probe of Deep Owl has started.")).to_be_visible()
        until_probe(admin, "Deep Owl", "It proposes options.")
        said = admin.get_by_role("row", name="Deep Owl").inner_text()
    assert "A red disc on white." in said
    assert "step1" not in said
    choose(admin, "Deep Owl", "Make a version with the options that the probe proposes")
    expect(admin.get_by_text("1 model: A new version is being tried.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_a_card_with_long_names_is_no_wider_than_the_screen(arena, admin, width):
    long = {"source": "organisation/" + "vision-" * 20, "base_url": "https://" + "example." * 15}
    columns = ", ".join(f"{name} = ?" for name in long)
    row = "card_id = (SELECT id FROM catalog_modelcard WHERE slug = 'sick-elk')"
    [before] = arena.rows(f"SELECT source, base_url FROM catalog_modelversion WHERE {row}")  # noqa: S608  # words of this test
    change = f"UPDATE catalog_modelversion SET {columns} WHERE {row}"  # noqa: S608  # as above
    arena.execute(change, *long.values())
    try:
        admin.set_viewport_size({"width": width, "height": 800})
        admin.get_by_role("link", name="Sick Elk").click()
        admin.get_by_role("button", name="Add another Model version").press("Enter")
        expect(admin.get_by_role("button", name="Models at the endpoint")).to_be_visible()
        assert admin.evaluate("document.documentElement.scrollWidth") == width
        inside = "e => [e.scrollWidth, e.clientWidth]"
        for group in admin.locator(".inline-group").all():
            needed, there = group.evaluate(inside)
            assert needed <= there
        assert faults(admin) == []
    finally:
        arena.execute(change, *before.values())


def test_the_workers_page_shows_the_one_that_answers(admin):
    admin.get_by_role("link", name="Workers").first.click()
    expect(admin.get_by_role("row", name="inference")).to_be_visible()


def faults(page):
    """What axe finds. It may not load the imported style sheets of the admin by itself: it would
    put them into the page, which the site's policy refuses."""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [(one["id"], node["html"]) for one in found for node in one["nodes"]]


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
    page.goto(f"{arena.address}/admin/boards/board/add/")
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
    # Other tests of this arena may have asked for a count too.
    some_votes = re.compile(r"[1-9]\d* votes? now")
    expect(admin.get_by_role("status")).to_contain_text(some_votes)
    assert faults(admin) == []
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text(some_votes)).to_be_visible()
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
    until_shown(admin, f"{arena.address}/admin/labels/battlelabels/?q=fox", "Is the fox tired?")
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
