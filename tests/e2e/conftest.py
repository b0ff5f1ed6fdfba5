"""A running arena and a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from inference_worker.settings import SHIPPED
from tests.e2e.browser import CHROMIUM, chromium
from tests.e2e.line import Line
from tests.e2e.steps import rewrite
from tests.stack import Card, running

REAL = sorted(folder.parent.name for folder in SHIPPED.glob("*/config.json"))[:2]
CARDS = (
    Card("quick-owl", "tag=a,tokens=24,rate=200", "Quick Owl"),
    Card("quick-elk", "tag=b,tokens=24,rate=200", "Quick Elk"),
    Card("calm-owl", "tag=c,tokens=60,rate=20", "Calm Owl"),
    Card("calm-elk", "tag=d,tokens=60,rate=20", "Calm Elk"),
    Card("slow-owl", "tag=e,tokens=500,rate=5", "Slow Owl"),
    Card("slow-elk", "tag=f,tokens=500,rate=5", "Slow Elk"),
    *(Card(slug, f"shipped:{slug}", slug, backend="transformers") for slug in REAL),
    Card("sick-elk", "tag=g,tokens=24,rate=200,fail=timeout,after=5", "Sick Elk"),
)

# What is waited for comes, however slow the machine is; Playwright's own limits are shorter.
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)

FREE_BATTLES = "5000/hour"
"""Far more than all tests start: one of them uses them up and asks for a proof of work."""
VOTERS_BATTLES = "1000000/4 minute"
"""Nobody begins so many; the window is longer than it takes to use them up and look at the page."""


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/e2e/" in str(item.path):
            item.add_marker("e2e")
            # The first test of a session also waits for the whole arena to start.
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="package")
def arena():
    settings = {
        "ARENA_ENDPOINT_ALLOW": "127.0.0.1",
        "ARENA_PROOF_FREE_SITE": FREE_BATTLES,
        "ARENA_RATE_BATTLES": VOTERS_BATTLES,
        # The tests nearly always vote for the same model, which is an alarm; no vote shall wait.
        "ARENA_HOLD_HOURS": "0",
    }
    with running(cards=CARDS, settings=settings) as stack:
        yield stack


PROFILE = {"reduced_motion": "reduce", "service_workers": "block"}
"""Of each browser that a test opens, where it says nothing else."""


@pytest.fixture
def line(arena):
    with Line(arena.address) as line:
        yield line


@pytest.fixture
def hold(arena, tmp_path):
    """Lets the answers of models wait after so many words, and returns what lets them go on."""
    go, sources = tmp_path / "go", {}
    query = "SELECT source FROM catalog_modelversion v JOIN catalog_modelcard c"
    query += " ON c.id = v.card_id WHERE c.slug = ?"

    def hold(after, *slugs):
        for slug in slugs:
            [row] = arena.rows(query, slug)
            sources[slug] = row["source"]
            rewrite(arena, slug, f"{row['source']},after={after},hold={go}")
        return go.touch

    yield hold
    go.touch()
    for slug, source in sources.items():
        rewrite(arena, slug, source)


# Not for the session: Playwright's event loop would run on under the asynchronous tests elsewhere.
@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser):
    """Opens pages in profiles of their own; what their consoles complain of fails the test."""
    contexts, complaints = [], []

    def opened(**options):
        context = browser.new_context(**{**PROFILE, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.extend([said.text] * _is_fault(said.text)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_fault(text):
    return "Content Security Policy" in text or "Refused to" in text or "Uncaught" in text


@pytest.fixture
def page(open_page):
    return open_page(viewport={"width": 1280, "height": 800})
