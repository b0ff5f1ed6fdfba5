"""The whole loop, as visitors walk it."""

from __future__ import annotations

import httpx
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.arena.core.pictures import encoded
from tests.chaos.ledger_of import settle
from tests.e2e.steps import PICTURE, battle_of, cast, send, state_of, until_state, until_text
from tests.stack import until


@pytest.fixture(autouse=True)
def _models(arena):
    cast(arena, "quick-owl", "quick-elk")


def vote(page, address, key):
    send(page, address)
    until_state(page, "voting")
    page.keyboard.press(key)
    expect(page.locator(".plate")).to_have_count(2)


@pytest.mark.database
def test_vote_by_key_shows_the_names_and_reaches_the_board(arena, page):
    battle = send(page, arena.address)
    until_state(page, "voting")
    page.keyboard.press("b")
    names = page.locator(".plate__name a")
    expect(names).to_have_count(2)
    assert set(names.all_inner_texts()) == {"Quick Owl", "Quick Elk"}
    query = "SELECT v.choice, e.kind FROM battles_vote v JOIN battles_battle b"
    query += " ON b.id = v.battle_id JOIN leaderboard_ledgerentry e ON e.vote_id = v.id"
    query += " WHERE b.public_id = ?"
    until(lambda: arena.rows(query, battle) == [{"choice": "b", "kind": "vote"}], "the ledger")


def test_nothing_before_the_vote_names_a_model(arena, page):
    heard = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: heard.append(frame)))
    page.on("response", lambda response: heard.append(f"{response.url} {response.headers}"))
    send(page, arena.address)
    until_state(page, "voting")
    stores = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    heard += [page.content(), page.evaluate(stores), page.context.cookies()]
    said = str(heard).lower()
    assert "word5" in said
    for name in ("quick-owl", "quick-elk", "quick owl", "quick elk", "cormorant", "scripted"):
        assert name not in said


@pytest.mark.database
def test_open_board_counts_a_new_vote_by_itself(arena, page, open_page):
    settle(arena, 120)  # votes of the tests before
    board = open_page()
    board.goto(f"{arena.address}/leaderboard/")
    said = board.locator("#votes")
    before = int(said.inner_text()) if said.count() else 0
    vote(page, arena.address, "t")
    expect(said).to_have_text(str(before + 1))


def test_keys_alone_walk_from_one_battle_to_the_next(arena, page):
    page.goto(arena.address)
    surprise = page.get_by_role("button", name="Surprise me")
    for _ in range(20):
        page.keyboard.press("Tab")
        if surprise.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send to both")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/battles/*/")
    until_state(page, "voting")
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Next battle")).to_be_focused()


def test_three_keys_to_the_first_vote_on_a_sample_and_two_to_each_later_one(arena, page):
    page.goto(arena.address)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Send to both")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/battles/*/")
    for key in ("n", "Space"):
        until_state(page, "voting")
        battle = battle_of(page)
        page.keyboard.press("a")
        expect(page.locator(".plate")).to_have_count(2)
        page.keyboard.press(key)
        page.wait_for_url(lambda url, before=battle: "/battles/" in url and before not in url)
    until_state(page, "voting")


def test_a_key_and_a_click_before_the_scripts_are_there_are_not_lost(arena, page):
    waiting = []
    page.route("**/js/compose*.js", lambda route: waiting.append(route))
    page.goto(arena.address, wait_until="commit")
    surprise = page.get_by_role("button", name="Surprise me")
    surprise.click()
    until(lambda: page.wait_for_timeout(20) or waiting, "the script to be asked for")
    waiting[0].continue_()
    expect(page.get_by_label("Your question")).not_to_be_empty()
    page.unroute("**/js/compose*.js")
    page.get_by_role("button", name="Send to both").click()
    page.wait_for_url("**/battles/*/")
    until_state(page, "voting")
    page.route("**/js/battle*.js", lambda route: waiting.append(route))
    page.reload(wait_until="commit")
    expect(page.get_by_role("button", name="A is better")).to_be_visible()
    page.keyboard.press("a")
    until(lambda: page.wait_for_timeout(20) or waiting[1:], "the script to be asked for")
    waiting[1].continue_()
    expect(page.locator(".plate")).to_have_count(2)


def test_after_an_own_picture_n_comes_back_to_it(arena, page):
    vote(page, arena.address, "a")
    page.keyboard.press("n")
    expect(page.locator(".picture__chosen img")).to_be_visible()
    expect(page.get_by_label("Your question")).to_be_focused()


def test_click_on_a_choice_marks_it_in_the_reveal(arena, page):
    send(page, arena.address)
    until_state(page, "voting")
    page.get_by_role("button", name="A is better").click()
    expect(page.locator(".plate").first).to_contain_text("Your choice")
    expect(page.locator(".pane[data-side=a]")).to_have_attribute("data-chosen", "")


def test_the_same_picture_can_be_asked_about_again(arena, page):
    vote(page, arena.address, "a")
    page.get_by_role("link", name="Next question").click()
    shown = page.locator(".picture__chosen img")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("And what colour?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/battles/*/")
    until_state(page, "voting")
    expect(page.locator(".subject__prompt")).to_have_text("And what colour?")


def test_back_from_a_battle_leads_to_the_picture_and_the_question(arena, page):
    send(page, arena.address, "How many corners?")
    page.go_back()
    expect(page.get_by_label("Your question")).to_have_value("How many corners?")
    expect(page.locator(".picture__chosen img")).to_be_visible()


def test_keys_follow_their_place_and_rest_beside_a_modifier(arena, page):
    cast(arena, "slow-owl", "slow-elk")
    send(page, arena.address)
    page.keyboard.press("a")
    expect(page.locator("#dock-status")).to_have_attribute("data-nudged", "")
    page.keyboard.press("Shift+s")
    press = "key => document.body.dispatchEvent(new KeyboardEvent('keydown', key))"
    page.evaluate(press, {"key": "s", "code": "KeyS", "altKey": True, "bubbles": True})
    expect(page.locator("#battle")).to_have_attribute("data-state", "generating")
    page.evaluate(press, {"key": "ы", "code": "KeyS", "bubbles": True})
    until_state(page, "stopped")


def test_back_after_the_vote_shows_the_names(arena, page):
    vote(page, arena.address, "a")
    page.keyboard.press("n")
    page.wait_for_url("**/again")
    page.go_back()
    expect(page.locator(".plate")).to_have_count(2)


def test_reload_after_the_vote_shows_the_same_names(arena, page):
    vote(page, arena.address, "a")
    names = page.locator(".plate__name a").all_inner_texts()
    page.reload()
    assert page.locator(".plate__name a").all_inner_texts() == names


def test_vote_before_the_answers_end_explains_itself(arena, page):
    cast(arena, "slow-owl", "slow-elk")
    battle = send(page, arena.address)
    until_text(page, "word0")
    page.keyboard.press("a")
    expect(page.locator("#announce")).to_contain_text("You can vote as soon as both answers")
    assert state_of(arena, battle) == "generating"


@pytest.mark.database
def test_consent_is_asked_once_and_unticked_means_no(arena, page):
    page.goto(arena.address)
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    battle = send(page, arena.address)
    [row] = arena.rows("SELECT publish, consent_at FROM battles_battle WHERE public_id = ?", battle)
    assert row["publish"] == 0
    assert row["consent_at"] is not None
    page.goto(arena.address)
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_a_refused_picture_is_explained_and_the_question_stays(arena, page):
    page.goto(arena.address)
    page.get_by_label("Your question").fill("What is this?")
    page.locator("input[name=image]").set_input_files({**PICTURE, "buffer": b"nothing of the kind"})
    expect(page.locator("#picture-error")).to_contain_text("can't open that file")
    expect(page.locator("#announce")).to_contain_text("can't open that file")
    page.locator("input[name=image]").set_input_files({**PICTURE, "mimeType": "image/tiff"})
    expect(page.locator("#picture-error")).to_contain_text("HEIC or PDF")
    expect(page.get_by_label("Your question")).to_have_value("What is this?")


def test_pages_of_a_document_are_pictures_of_the_question(arena, page):
    """A browser shows no preview of one, and says that it will be converted."""
    page.goto(arena.address)
    pages = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    buffer = encoded(pages[0], "PDF", save_all=True, append_images=pages[1:])
    file = {"name": "Report.PDF", "mimeType": "application/pdf", "buffer": buffer}
    page.locator("input[name=image]").set_input_files(file)
    expect(page.locator(".picture__unseen")).to_be_visible()
    page.get_by_label("Pages of the document").fill("2-3")
    page.get_by_label("Your question").fill("What do the pages say?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/battles/*/")
    expect(page.locator(".subject__image img")).to_have_count(2)


def test_sending_without_a_picture_points_at_it(arena, page):
    page.goto(arena.address)
    page.get_by_label("Your question").fill("What is this?")
    page.keyboard.press("Enter")
    expect(page.locator("#picture-error")).to_contain_text("Add a picture first")


def test_a_pasted_picture_is_taken(arena, page):
    page.goto(arena.address)
    page.evaluate(
        """bytes => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
        }""",
        list(PICTURE["buffer"]),
    )
    expect(page.locator(".picture__name")).to_have_text("pasted.png")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".picture__empty")).to_be_visible()


def test_a_picture_dropped_anywhere_is_taken(arena, page):
    page.goto(arena.address)
    page.evaluate(
        """bytes => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
          document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
        }""",
        list(PICTURE["buffer"]),
    )
    expect(page.locator(".picture__name")).to_have_text("dropped.png")


def test_the_sent_picture_is_what_the_page_shows(arena, page):
    send(page, arena.address)
    width = page.locator(".subject__image img").evaluate(
        "image => image.decode().then(() => image.naturalWidth)"
    )
    assert width == 320


@pytest.mark.database
def test_an_unfinished_battle_is_offered_again(arena, page):
    battle = send(page, arena.address)
    page.goto(arena.address)
    page.get_by_role("link", name="Continue this battle").click()
    assert battle_of(page) == battle


@pytest.mark.database
def test_api_and_page_agree_on_models_and_votes(arena, page):
    vote(page, arena.address, "a")

    def both():
        rows = httpx.get(f"{arena.address}/api/v1/leaderboard", timeout=60).json()["rows"]
        page.goto(f"{arena.address}/leaderboard/")
        lines = page.locator(".board__table tbody tr").all()
        cells = [row.locator("td").all_inner_texts() for row in lines]
        names = [row.locator("a").inner_text() for row in lines]
        told = {row["display_name"]: str(row["vote_count"]) for row in rows}
        return told, {name: cell[-2] for name, cell in zip(names, cells, strict=True)}

    def agree():
        # A vote of the test before may be counted between the two readings, and whom other tests
        # have voted on stands on the board, too.
        told, shown = both()
        return told == shown and set(shown) >= {"Quick Owl", "Quick Elk"}

    until(agree, "the same board")
