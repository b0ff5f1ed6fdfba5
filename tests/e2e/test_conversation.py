"""A battle of several turns, as its voter sees it."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.e2e.line import Line
from tests.e2e.steps import cast, pane_of, send, state_of, stored, until_state
from tests.stack import until

pytestmark = pytest.mark.database


@pytest.fixture
def scripts(arena):
    """Gives both quick models another script, and theirs back at the end."""
    known = arena.rows("SELECT id, source, options FROM catalog_modelversion")
    before = [row for row in known if row["source"].endswith("tokens=24,rate=200")]
    change = "UPDATE catalog_modelversion SET source = ?, options = ? WHERE id = ?"

    def give(script, options=""):
        for row in before:
            tag = row["source"].split(",")[0]
            arena.execute(change, f"{tag},{script}", options, row["id"])

    yield give
    for row in before:
        arena.execute(change, row["source"], row["options"], row["id"])


def coloured(colour: str) -> FilePayload:
    out = BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return {"name": f"{colour}.png", "mimeType": "image/png", "buffer": out.getvalue()}


def ask_on(page, words, *pictures):
    if pictures:
        page.locator("#asking input[name=image]").set_input_files(list(pictures))
    page.get_by_role("textbox", name="One more question").fill(words)
    turn = page.locator("#battle").get_attribute("data-socket")
    page.get_by_role("button", name="Ask both").click()
    expect(page.locator("#battle")).not_to_have_attribute("data-socket", turn)


def conversations(stack, battle):
    rows = stack.rows(
        "SELECT g.side, t.prompt, g.text FROM battles_generation g"
        " JOIN battles_turn t ON t.id = g.turn_id JOIN battles_battle b ON b.id = t.battle_id"
        " WHERE b.public_id = ? ORDER BY t.number",
        battle,
    )
    return {
        side: [(row["prompt"], row["text"].strip()) for row in rows if row["side"] == side]
        for side in "ab"
    }


def shown(page, side):
    pane = pane_of(page, side)
    texts = pane.locator(".answer").all_inner_texts()
    return [" ".join(text.split()) for text in texts]


def test_three_turns_with_a_second_picture_a_reload_and_a_cut_line(arena, page):
    cast(arena, "calm-owl", "calm-elk")
    with Line(arena.address) as line:
        battle = send(page, line.address, "One?")
        until_state(page, "voting")
        ask_on(page, "Two?", coloured("navy"), coloured("olive"))
        line.cut()
        page.reload()
        until_state(page, "voting")
        ask_on(page, "Three?")
        page.reload()
        line.cut()
        until_state(page, "voting")
        question = page.locator(".lightbox [data-question]")
        page.locator("h1").focus()
        page.keyboard.press("i")
        expect(question).to_have_text("Two?")
        page.keyboard.press("i")
        page.locator(".subject__image").first.click()
        expect(question).to_have_text("One?")
        page.keyboard.press("ArrowRight")
        expect(question).to_have_text("Two?")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".lightbox output.small")).to_have_text("Picture 3 of 3")
        page.keyboard.press("1")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".lightbox output.small")).to_have_text("Picture 3 of 3")
        page.get_by_role("button", name="Next picture").click()
        expect(question).to_have_text("One?")
    told = conversations(arena, battle)
    for side in "ab":
        assert [prompt for prompt, _ in told[side]] == ["One?", "Two?", "Three?"]
        assert shown(page, side) == [text for _, text in told[side]]
    expect(page.locator(".subject__image img")).to_have_count(3)


def test_a_question_whose_receipt_is_lost_is_shown_and_asked_once(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    battle = send(page, arena.address, "One?")
    until_state(page, "voting")

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/turns", lose)
    ask_on(page, "Two?")
    until_state(page, "voting")
    assert [prompt for prompt, _ in conversations(arena, battle)["a"]] == ["One?", "Two?"]
    expect(page.get_by_role("textbox", name="One more question")).to_have_value("")


@pytest.mark.parametrize("away", [r"/(turns|js/.*)$", r"/js/prompt[^/]*$"])
def test_a_question_that_cannot_be_sent_now_is_kept_and_sent_later(arena, page, away):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address, "One?")
    until_state(page, "voting")
    away = re.compile(away)
    page.route(away, lambda route: route.abort())
    page.get_by_role("textbox", name="One more question").fill("Two?")
    page.get_by_role("button", name="Ask both").click()
    expect(page.locator("#asking .form-error")).not_to_be_empty()
    draft = page.evaluate("Object.values(sessionStorage)")
    assert "Two?" in draft
    page.unroute(away)
    turn = page.locator("#battle").get_attribute("data-socket")
    page.get_by_role("button", name="Ask both").click()
    expect(page.locator("#battle")).not_to_have_attribute("data-socket", turn)


def test_the_vote_on_two_turns_is_one_and_counts_them(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    battle = send(page, arena.address)
    until_state(page, "voting")
    ask_on(page, "And what else?")
    until_state(page, "voting")
    page.locator("h1").focus()
    page.keyboard.press("a")
    expect(page.locator(".plate")).to_have_count(2)
    [vote] = arena.rows(
        "SELECT v.turns FROM battles_vote v JOIN battles_battle b ON b.id = v.battle_id"
        " WHERE b.public_id = ?",
        battle,
    )
    assert vote["turns"] == 2


def test_after_the_vote_each_pane_shows_the_newest_turn(arena, page):
    cast(arena, "calm-owl", "calm-elk")
    page.set_viewport_size({"width": 1280, "height": 660})
    send(page, arena.address, "One?\n" * 12)
    until_state(page, "voting")
    ask_on(page, "Two?")
    until_state(page, "voting")
    page.evaluate("document.querySelectorAll('.pane__body').forEach((one) => one.scrollTo(0, 0))")
    page.get_by_role("button", name="A is better").click()
    expect(page.locator(".plate")).to_have_count(2)
    for side in "ab":
        expect(pane_of(page, side).locator(".said__prompt").last).to_be_in_viewport()
        assert pane_of(page, side).locator(".pane__body").evaluate("(one) => one.scrollTop") > 0


def test_the_newest_question_comes_to_the_top_as_its_answer_grows(arena, page, scripts):
    cast(arena, "quick-owl", "quick-elk")
    scripts("tokens=160,rate=200")
    page.set_viewport_size({"width": 1280, "height": 660})
    send(page, arena.address, "One?")
    until_state(page, "voting")
    ask_on(page, "Two?")
    until_state(page, "voting")
    for side in "ab":
        body = pane_of(page, side).locator(".pane__body")
        asked = body.locator("> .said__prompt").bounding_box()
        assert abs(asked["y"] - body.bounding_box()["y"]) < 3
    expect(page.locator("#picture-limits")).to_contain_text("Up to 4 pictures")
    pane = pane_of(page, "a").locator(".pane__body")
    ask_on(page, "Three?")
    pane.evaluate("(body) => body.scrollTo(0, 0)")
    until_state(page, "voting")
    assert pane.evaluate("(body) => body.scrollTop") == 0


def test_a_turn_that_was_stopped_is_taken_back_and_the_vote_opens(arena, page, scripts):
    cast(arena, "quick-owl", "quick-elk")
    battle = send(page, arena.address)
    until_state(page, "voting")
    scripts("tokens=500,rate=5")
    ask_on(page, "Again?")
    page.locator("[data-do=stop]").click()
    page.get_by_role("button", name="Take the question back").click()
    until_state(page, "voting")
    assert state_of(arena, battle) == "voting"


def test_pictures_change_their_order_and_go_by_keys(arena, page):
    page.goto(arena.address)
    chosen = [coloured("navy"), coloured("olive"), coloured("teal")]
    page.locator("input[name=image]").set_input_files(chosen)
    names = page.locator(".picture__name")
    expect(names).to_have_text(["navy.png", "olive.png", "teal.png"])
    page.locator("[data-earlier]").nth(2).press("Enter")
    expect(names).to_have_text(["navy.png", "teal.png", "olive.png"])
    page.locator("[data-remove]").nth(0).press("Enter")
    expect(names).to_have_text(["teal.png", "olive.png"])


def test_who_adds_a_picture_by_keyboard_goes_on_beside_it(arena, page):
    cast(arena, "quick-owl", "quick-elk")
    send(page, arena.address, "One?")
    until_state(page, "voting")
    own = page.locator("#asking .picture__empty input")
    own.focus()
    expect(own).to_be_focused()
    # As when the browser's own window is closed, which gives the focus back to its opener.
    own.set_input_files(coloured("navy"))
    expect(page.locator("#asking .picture__more input")).to_be_focused()


def test_without_scripts_a_second_question_is_a_form(arena, open_page):
    cast(arena, "quick-owl", "quick-elk")
    page = open_page(java_script_enabled=False)
    page.goto(arena.address)
    page.locator("input[name=image]").set_input_files(coloured("navy"))
    page.get_by_label("Your question").fill("One?")
    page.get_by_role("button", name="Send to both").click()
    battle = page.url.rstrip("/").rpartition("/")[2]
    until(lambda: state_of(arena, battle) == "voting", "both answers")
    page.reload()
    page.get_by_role("textbox", name="One more question").fill("Two?")
    page.get_by_role("button", name="Ask both").click()
    until(lambda: state_of(arena, battle) == "voting", "both answers")
    page.reload()
    for side, text in stored(arena, battle).items():
        assert text in " ".join(pane_of(page, side).inner_text().split())


def test_places_are_drawn_listed_and_switched_by_key(arena, page, scripts):
    cast(arena, "quick-owl", "quick-elk")
    scripts("tokens=24,rate=200,text=places", '{"grounding":"qwen_vl"}')
    send(page, arena.address)
    until_state(page, "voting")
    pane = pane_of(page, "a")
    expect(pane.locator(".places__list li")).to_have_text(["word0", "word8", "word16"])
    expect(pane.locator(".place rect")).to_have_count(3)
    assert "<box>(1" not in pane.inner_text().replace("<box>(19)", "")
    page.keyboard.press("g")
    expect(pane.locator(".places")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("i")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("svg[data-side=b] .place rect")).to_have_count(3)
    expect(dialog.locator("[data-legend=a] li")).to_have_text(["word0", "word8", "word16"])
    dialog.get_by_role("button", name="Places of B").click()
    expect(dialog.locator("svg[data-side=b]")).to_be_hidden()
    expect(dialog.locator("svg[data-side=a]")).to_be_visible()
    page.keyboard.press("i")
    pane.locator(".places__list li").first.focus()
    lit = pane.locator(".place[data-lit], .places__list [data-lit]")
    pane.get_by_text("word16").first.hover(position={"x": 8, "y": 8})
    expect(lit).to_have_text(["1", "word0"])  # with which the paragraph begins
    pane.locator(".place").nth(2).hover()
    expect(lit).to_have_text(["3", "word16"])
    assert page.evaluate("[...CSS.highlights.get('lit-phrase')].join()") == "word16"
    page.mouse.move(1, 1)  # the focus is still on the first entry
    expect(lit).to_have_text(["1", "word0"])
    expect(pane.locator("[data-unread]")).to_be_visible()
    expect(pane.locator(".answer")).to_contain_text("<box>(19)</box>")
    page.reload()
    expect(pane.locator(".place rect")).to_have_count(3)
    ask_on(page, "And now?", coloured("navy"))
    until_state(page, "voting")
    pictures = pane.locator(".places__picture")
    expect(pictures).to_have_count(2)
    expect(pane.locator(".said .place rect")).to_have_count(3)
    expect(pane.locator(".pane__body > .places li")).to_have_text(["word0", "word8", "word16"])
    first, second = (pictures.nth(i).locator("img").get_attribute("src") for i in (0, 1))
    assert first != second
