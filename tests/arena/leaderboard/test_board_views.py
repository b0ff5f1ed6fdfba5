"""A board's pages under their addresses: filters, other boards, matrices, history, methodology."""

from __future__ import annotations

import csv
import io
import itertools
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arena.boards.models import Board
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard
from tests.factories import make_card, make_models, make_votes

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
URL = "/leaderboard/"
PAGES = (URL, "/leaderboard/overall/matrices/", "/leaderboard/overall/history/", "/methodology/")
HEAVIEST = 200_000
"""Bytes of the board's page, unpacked, with 200 models."""


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def names_of(response):
    return re.findall(r'<th scope="row"><a href="/models/([a-z0-9-]+)/"', response.content.decode())


@pytest.fixture
def other(voted):
    """A second board, on which every vote counts too."""
    board = Board.objects.create(slug="other", name="Another way", method="davidson", position=9)
    update_live_boards()
    return board


@pytest.fixture
def crowd(no_layer, settings, db):
    """Returns a function that lets so many more models meet in a chain."""
    settings.BOARD_MIN_VOTES = 1

    def join(count):
        start = ModelCard.objects.count()
        models = make_models(
            *[f"model-{start + n:03}-with-a-rather-long-name" for n in range(count)]
        )
        ModelCard.objects.update(organization="Institute for Applied Vision and Language")
        make_votes(*[(*pair, "a") for pair in itertools.pairwise(models)])
        update_live_boards()

    return join


@pytest.mark.parametrize("address", PAGES)
def test_every_page_can_be_read_before_the_first_vote(client, db, address):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_nothing_inline_that_the_policy_would_refuse(client, voted, address):
    voted()
    html = client.get(address).content.decode()
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", html)


@pytest.mark.parametrize("address", PAGES)
def test_the_number_of_queries_does_not_grow_with_the_models(client, crowd, address):
    crowd(4)
    crowd(1)
    client.get(address)
    few = _queries(client, address)
    crowd(20)
    client.get(address)
    assert _queries(client, address) <= few + 1
    assert few < 20


def _queries(client, address):
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


def test_a_board_of_200_models_is_light(client, crowd):
    crowd(200)
    crowd(1)
    assert len(client.get(URL).content) < HEAVIEST


def test_a_board_has_an_address_of_its_own(client, other):
    page = client.get("/leaderboard/other/")
    assert "Leaderboard: Another way" in text_of(page)
    assert 'data-board="other"' in page.content.decode()


def test_boards_lead_to_one_another(client, other):
    assert 'href="/leaderboard/other/"' in client.get(URL).content.decode()
    assert 'href="/leaderboard/"' in client.get("/leaderboard/other/").content.decode()
    matrices = client.get("/leaderboard/other/matrices/").content.decode()
    assert 'href="/leaderboard/overall/matrices/"' in matrices


@pytest.mark.parametrize("path", ["", "matrices/", "history/"])
def test_a_board_that_is_none_is_not_found(client, db, path):
    Board.objects.create(slug="planned", name="Planned", active=False)
    assert client.get(f"/leaderboard/planned/{path}").status_code == 404
    assert client.get(f"/leaderboard/nothing/{path}").status_code == 404


def test_a_board_that_was_shown_once_keeps_its_address(client, other):
    Board.objects.filter(slug="other").update(active=False)
    assert client.get("/leaderboard/other/").status_code == 200
    assert "Another way" not in text_of(client.get(URL))


def test_a_search_leaves_ranks_as_they_are(client, voted):
    page = client.get(f"{URL}?q=second")
    assert names_of(page) == ["second"]
    assert "1 of 3 models; ranks and tiers are those of the whole board." in text_of(page)
    assert re.search(r'data-l="Rank">2', page.content.decode())


def test_a_search_that_finds_nothing_says_so(client, voted):
    assert "No model fits" in text_of(client.get(f"{URL}?q=zebra"))


def test_the_form_keeps_what_was_asked(client, voted):
    ModelCard.objects.filter(slug="first").update(organization="Kite & Co")
    ModelCard.objects.filter(slug="second").update(organization="Bluepeak")
    html = client.get(f"{URL}?organization=Kite+%26+Co&sort=votes").content.decode()
    assert "<option selected>Kite &amp; Co</option>" in html
    assert '<option value="votes" selected>' in html


def test_the_sorted_column_says_so_to_everyone(client, voted):
    html = client.get(f"{URL}?sort=-votes").content.decode()
    assert html.count("aria-sort=") == 1
    assert re.search(
        r'aria-sort="descending"><a class="sort" href="/leaderboard/\?sort=votes"', html
    )


def test_models_that_are_paused_can_be_picked_where_there_are_any(client, voted):
    assert 'value="paused"' not in client.get(URL).content.decode()
    ModelCard.objects.filter(slug="second").update(state="paused")
    page = client.get(f"{URL}?status=paused")
    assert '<option value="paused" selected>paused</option>' in page.content.decode()
    assert names_of(page) == ["second"]


def test_another_search_is_another_page(client, voted):
    etags = {client.get(f"{URL}?{query}")["ETag"] for query in ("", "q=first", "sort=name")}
    assert len(etags) == 3


def test_the_csv_holds_the_rows_of_the_view(client, voted):
    page = client.get(f"{URL}?sort=name&status=active")
    [address] = re.findall(r'href="(/leaderboard\.csv[^"]*)"', page.content.decode())
    rows = csv.DictReader(io.StringIO(client.get(address.replace("&amp;", "&")).content.decode()))
    assert [row["model_name"] for row in rows] == names_of(page)


def test_another_boards_csv_says_which_it_is(client, other):
    response = client.get("/leaderboard/other.csv")
    assert "leaderboard-other.csv" in response["Content-Disposition"]
    assert client.get("/leaderboard/nothing.csv").status_code == 404


def test_what_changed_is_in_words(client, crowd):
    crowd(3)
    first, *_, last = ModelCard.objects.order_by("pk")
    make_votes(*[(last.current, first.current, "a")] * 9)
    update_live_boards()
    text = text_of(client.get(URL))
    assert re.search(r"up from rank 3 to 1", text)
    assert re.search(r"1 \(1–\d\) ↑2 up", text)


def test_an_arrow_needs_a_snapshot_before(client, crowd):
    crowd(3)
    assert "What changed" not in text_of(client.get(URL))


def test_a_lower_tier_opens_with_a_line(client, voted):
    for _ in range(4):
        voted(10)
    html = client.get(URL).content.decode()
    assert html.count('<tr class="tier">') == 1
    assert '<tr class="tier">' not in client.get(f"{URL}?sort=name").content.decode()


def test_models_that_cant_be_compared_say_why(client, voted):
    one, other = make_models("island", "reef")
    make_votes(*[(one, other, "a")] * 11)
    update_live_boards()
    assert "no chain of battles leads to the rated models" in text_of(client.get(URL))


def test_the_matrices_show_who_met_whom(client, voted):
    text = text_of(client.get("/leaderboard/overall/matrices/"))
    assert "2 of 3 pairs have met" in text
    assert re.search(r"First\s+93\s+–", text)


def test_the_history_is_there_as_numbers_too(client, voted):
    voted()
    page = client.get("/leaderboard/overall/history/")
    assert page.content.decode().count('class="track__line"') == 2
    assert "entry 15" in text_of(page)


def test_one_snapshot_makes_no_history(client, crowd):
    crowd(3)
    assert "No history yet" in text_of(client.get("/leaderboard/overall/history/"))


def test_a_models_page_shows_it_on_each_board(client, other):
    text = text_of(client.get("/models/first/"))
    assert "On each board" in text
    assert "Another way" in text


def test_weights_on_the_hub_are_linked_and_folders_are_not(client, voted):
    version = ModelCard.objects.get(slug="first").versions.get()
    page = "/models/first/"
    assert "Weights on the Hub" not in text_of(client.get(page))
    type(version).objects.filter(pk=version.pk).update(source="owner/model-2b")
    assert 'href="https://huggingface.co/owner/model-2b"' in client.get(page).content.decode()


@pytest.mark.parametrize("name", ["<b>x</b>", "a & b", '"quoted"'])
def test_names_are_escaped_on_every_page(client, voted, name):
    ModelCard.objects.filter(slug="first").update(name=name, organization=name)
    make_card("plain")
    voted()
    for address in (*PAGES[:3], "/models/second/"):
        assert "<b>x</b>" not in client.get(address).content.decode()


def test_who_looks_between_two_votes_gets_the_same_table(client, voted):
    first, second = (client.get(f"{URL}?fragment=table").content for _ in range(2))
    assert first == second
    voted()
    assert client.get(f"{URL}?fragment=table").content != first


def test_a_kept_table_is_not_shown_on_another_board(client, other):
    csv_of_other = 'href="/leaderboard/other.csv"'
    assert csv_of_other in client.get("/leaderboard/other/").content.decode()
    assert csv_of_other not in client.get(URL).content.decode()
