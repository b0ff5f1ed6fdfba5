"""What a visitor does and sees, in a few words."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import FilePayload, Page, expect

from tests.stack import Stack
from tests.visitor import picture

PICTURE: FilePayload = {"name": "picture.png", "mimeType": "image/png", "buffer": picture()}


def cast(stack: Stack, *slugs: str) -> None:
    """From now on only these models are drawn."""
    marks = ",".join("?" * len(slugs))
    query = f"UPDATE catalog_modelcard SET state = 'active' WHERE slug IN ({marks})"  # noqa: S608  # question marks alone
    stack.execute("UPDATE catalog_modelcard SET state = 'retired'")
    assert stack.execute(query, *slugs) == len(slugs)


def rewrite(stack: Stack, slug: str, source: str) -> None:
    """Give a model another script, as if it had been mended."""
    stack.execute(
        "UPDATE catalog_modelversion SET source = ? WHERE card_id ="
        " (SELECT id FROM catalog_modelcard WHERE slug = ?)",
        source,
        slug,
    )


def send(page: Page, address: str, prompt: str = "What shape is this?") -> str:
    """Begin a battle with an upload; the answer is its public id."""
    page.goto(address)
    page.locator("input[name=image]").set_input_files(PICTURE)
    page.get_by_label("Your question").fill(prompt)
    page.get_by_role("button", name="Send to both").click()
    page.wait_for_url("**/battles/*/")
    return battle_of(page)


def battle_of(page: Page) -> str:
    return Path(urlsplit(page.url).path).name


def until_state(page: Page, state: str, seconds: int = 120) -> None:
    battle = page.locator("#battle")
    expect(battle).to_have_attribute("data-state", state, timeout=1000 * seconds)


def until_text(page: Page, text: str) -> None:
    """Both sides show it; everything after it is still to come."""
    for pane in (pane_of(page, "a"), pane_of(page, "b")):
        expect(pane.locator(".pane__body")).to_contain_text(text)


def pane_of(page: Page, side: str):
    return page.locator(f".pane[data-side={side}]")


def shown(page: Page) -> dict[str, str]:
    """The text of both panes, with spaces made equal."""
    texts = {s: pane_of(page, s).locator(".pane__body").inner_text() for s in ("a", "b")}
    return {side: " ".join(text.split()) for side, text in texts.items()}


def stored(stack: Stack, battle: str) -> dict[str, str]:
    """The answers in the database, with spaces made equal."""
    rows = stack.rows(
        "SELECT g.side, g.text FROM battles_generation g JOIN battles_turn t ON t.id = g.turn_id"
        " JOIN battles_battle b ON b.id = t.battle_id WHERE b.public_id = ?",
        battle,
    )
    return {row["side"]: " ".join(row["text"].split()) for row in rows}


def state_of(stack: Stack, battle: str) -> str:
    [row] = stack.rows("SELECT state FROM battles_battle WHERE public_id = ?", battle)
    state: str = row["state"]
    return state
