"""The counter of the page and the site's check, by the limits that workers report."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from inference_worker.wire import keys, presence
from inference_worker.wire.presence import WorkerReport
from inference_worker.wire.prompt_limits import PromptLimit
from tests.e2e.conftest import REAL
from tests.e2e.steps import PICTURE, cast, until_state
from tests.stack import until

LIMIT = PromptLimit("tag=a,tokens=24,rate=200", 921, 444)
"""Of the quick owl: that of the shipped models."""
ENGLISH = (
    "Please describe everything that you can see in this picture in as much detail as possible, "
    "and explain which object is the largest. "
)
LONG = ("红色" * 210, "😀" * 300, "1" * 922, "é" * 461, "a\n" * 800 + "z", "x1" * 700)
SHORT = (
    (ENGLISH * 20)[:2000],
    "1" + "\u2028" * 919 + "1",
    "红" * 307,
    "😀" * 230,
    "1" * 921,
    "x" * 2000,
    "What is this?",
)
"""The last characters that fit, and what is nowhere near."""


@pytest.fixture
def limited(arena):
    """Say it again whenever it is called; here a report stays, which lives for a few seconds."""
    cast(arena, "quick-owl", "quick-elk")
    worker = WorkerReport("counter", ("inference",), "cpu", (), 0, 0.0, limits=(LIMIT,))

    def report():
        presence.report(arena.redis, worker)
        arena.redis.persist(keys.worker("counter"))

    report()
    yield report
    arena.redis.delete(keys.worker("counter"))


def send(page):
    page.locator("input[name=image]").first.set_input_files(PICTURE)
    page.get_by_role("button", name="Send to both").click()


@pytest.mark.parametrize("text", LONG)
def test_what_a_model_cannot_take_is_said_while_typing_and_not_sent(arena, page, limited, text):
    page.goto(arena.address)
    page.get_by_label("Your question").fill(text)
    count = page.locator(".question__count")
    excess = LIMIT.excess(text)
    expect(count).to_have_text(f"About {excess} characters too many")
    expect(count).to_have_attribute("data-over", "")
    send(page)
    said = f"too long for these models, by about {excess} characters"
    expect(page.locator("#prompt-error")).to_contain_text(said)
    assert page.url.rstrip("/") == arena.address.rstrip("/")
    page.get_by_label("Your question").fill("What is this?")
    expect(count).to_be_hidden()


@pytest.mark.parametrize("text", SHORT)
def test_what_fits_is_sent_and_taken(arena, page, limited, text):
    page.goto(arena.address)
    page.get_by_label("Your question").fill(text)
    expect(page.locator(".question__count")).not_to_have_attribute("data-over", "")
    limited()
    send(page)
    page.wait_for_url("**/battles/*/")


def test_what_is_left_is_told_in_characters_of_the_same_kind(arena, page, limited):
    page.goto(arena.address)
    page.get_by_label("Your question").fill("红" * 300)
    expect(page.locator(".question__count")).to_have_text("7 characters left")
    page.get_by_label("Your question").fill("红" * 307)
    expect(page.locator(".question__count")).to_have_text("0 characters left")


def test_a_page_that_knew_no_limit_shows_the_sites_sentence_at_the_prompt(arena, page, limited):
    arena.redis.delete(keys.worker("counter"))
    page.goto(arena.address)
    page.get_by_label("Your question").fill("红" * 420)
    expect(page.locator(".question__count")).to_be_hidden()
    limited()
    send(page)
    said = re.compile("too long for these models, by about 113 characters")
    expect(page.locator("#prompt-error")).to_have_text(said)
    expect(page.get_by_label("Your question")).to_have_value("红" * 420)


def test_a_full_conversation_is_named_as_what_is_too_long(arena, page, limited):
    page.goto(arena.address)
    page.get_by_label("Your question").fill("红" * 307)
    send(page)
    page.wait_for_url("**/battles/*/")
    until_state(page, "voting")
    limited()
    page.reload()
    page.get_by_role("textbox", name="One more question").fill("And?")
    said = re.compile("conversation has become too long .* about \\d+ characters of it")
    expect(page.locator("#prompt-error")).to_have_text(said)
    expect(page.locator(".question__count")).to_be_hidden()
    page.get_by_role("button", name="Ask both").click()
    expect(page.locator("#prompt-error")).to_have_text(said)


def test_the_shipped_models_have_a_limit_that_takes_a_long_question(arena, page):
    cast(arena, *REAL)
    names = {f"shipped:{slug}" for slug in REAL}

    def known():
        workers = presence.workers(arena.redis)
        return [one for worker in workers for one in worker.limits if one.source in names]

    page.goto(arena.address)
    page.get_by_label("Your question").fill("What is this?")
    send(page)
    page.wait_for_url("**/battles/*/")
    until(lambda: len(known()) == len(REAL), "the models", 120)
    for limit in known():
        assert limit.excess((ENGLISH * 20)[:2000]) == 0
        assert limit.excess("红色" * 210) > 0
        assert limit.excess("😀" * 300) > 0
    page.goto(arena.address)
    page.get_by_label("Your question").fill("红色" * 210)
    expect(page.locator(".question__count")).to_contain_text("characters too many")
