"""What a link to a page shows elsewhere, and which pages stay out of search engines."""

from __future__ import annotations

import re

import pytest

from arena.catalog.models import ModelCard
from tests.arena.battle_pages.browsing import Visitor
from tests.factories import make_battle

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
PUBLIC = {
    "/": "One picture, two models, your verdict",
    "/about/": "About this arena",
    "/methodology/": "How votes become a ranking",
    "/leaderboard/": "Leaderboard",
    "/leaderboard/overall/history/": "Leaderboard",
    "/models/first/": "First",
}
VIEWS = ("", "Who met whom · ", "History · ")


def said(page):
    html = page.content.decode()
    return dict(re.findall(r'<meta (?:property|name)="([\w:]+)" content="([^"]*)"', html))


@pytest.mark.parametrize(("path", "title"), PUBLIC.items())
def test_a_public_page_says_what_it_is(client, voted, path, title):
    shown = said(client.get(path))
    assert shown["og:title"] == title
    assert shown["og:description"] == shown["description"] != ""
    assert shown["og:image"] == "http://testserver/static/icon-512.png"
    assert "robots" not in shown


def test_a_models_own_words_go_along_with_a_link_to_it(client, voted):
    ModelCard.objects.filter(slug="first").update(description='Reads "small" print & more')
    assert said(client.get("/models/first/"))["description"] == (
        "Reads &quot;small&quot; print &amp; more"
    )


def test_a_battle_shows_nothing_of_itself(voted):
    battle = make_battle()
    page = Visitor(None, battle.voter).get(f"/battles/{battle.public_id}/")
    assert "robots" in said(page)
    assert not any(name.startswith("og:") for name in said(page))


def test_each_view_of_a_board_has_a_title_of_its_own(client, voted):
    paths = ("/leaderboard/", "/leaderboard/overall/matrices/", "/leaderboard/overall/history/")
    pages = [client.get(path).content.decode() for path in paths]
    titles = [re.search(r"<title>(.*?)</title>", page)[1] for page in pages]
    assert titles == [f"{view}Leaderboard · Vision Arena" for view in VIEWS]
