from __future__ import annotations

import csv
import io
import itertools
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard
from arena.catalog.states import CardState
from arena.leaderboard.selectors.standings import standings
from tests.arena.boards.newest import newest_snapshot
from tests.factories import make_card, make_models, make_votes

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
URL = "/leaderboard/"


def test_the_page_begins_with_who_leads_and_how_sure_that_is(client, voted):
    assert "First leads, and the votes put it above all others." in text_of(client.get(URL))
    voted(14, "b")
    assert "but the votes do not tell it apart from 1 other yet" in text_of(client.get(URL))


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_addresses_are_those_that_others_link_to():
    assert reverse("leaderboard:board") == URL
    assert reverse("leaderboard:model", args=["first"]) == "/models/first/"


def test_an_empty_board_says_what_to_do(client):
    page = client.get(URL)
    assert page.status_code == 200
    assert "No votes yet" in text_of(page)


def test_models_stand_best_first_with_interval_and_rank(client, voted):
    text = text_of(client.get(URL))
    assert text.index("First") < text.index("Second") < text.index("Third")
    line = standings().lines[0]
    assert f"{line.rating_lower:,.0f} – {line.rating_upper:,.0f}" in text


def test_too_few_votes_are_words(client, voted):
    assert "9 votes to go" in text_of(client.get(URL))


def test_when_and_up_to_which_entry_it_was_computed(client, voted):
    snapshot = newest_snapshot()
    text = text_of(client.get(URL))
    assert f"{snapshot.created_at:%Y-%m-%d %H:%M:%S} UTC" in text
    assert f"Up to ledger entry 15 hash {snapshot.ledger_hash[:8]}" in text
    assert f"Snapshot {snapshot.etag[:8]}" in text
    assert "Intervals rest on single votes" in text


def test_an_active_card_without_a_vote_is_listed(client, voted):
    make_card("silent")
    make_card("hidden", state=CardState.DRAFT)
    text = text_of(client.get(URL))
    assert "Silent" in text
    assert "Hidden" not in text


def test_a_retired_model_stays_and_says_so(client, voted):
    ModelCard.objects.filter(slug="first").update(state=CardState.RETIRED)
    assert re.search(r"First\s+retired", text_of(client.get(URL)))


def test_nothing_inline_that_the_policy_would_refuse(client, voted):
    html = client.get(URL).content.decode()
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", html)


def test_places_in_the_plot_do_not_follow_the_language(client, voted):
    html = client.get(URL, headers={"accept-language": "de"}).content.decode()
    places = re.findall(r'(?:x1|x2|cx)="([^"]+)"', html)
    assert places
    assert all(re.fullmatch(r"-?\d+\.\d\d%", place) for place in places)


def test_names_from_the_catalogue_are_escaped(client, voted):
    ModelCard.objects.filter(slug="first").update(name="<b>x</b>")
    assert "<b>x</b>" not in client.get(URL).content.decode()


def test_the_fragment_is_the_table_alone(client, voted):
    html = client.get(f"{URL}?fragment=table").content.decode()
    assert "<html" not in html
    assert f'data-etag="{newest_snapshot().etag}"' in html


@pytest.mark.parametrize("address", [URL, f"{URL}?fragment=table"])
def test_an_unchanged_board_is_not_sent_again(client, voted, address):
    etag = client.get(address)["ETag"]
    again = client.get(address, headers={"if-none-match": etag})
    assert (again.status_code, again["ETag"]) == (304, etag)
    voted()
    assert client.get(address, headers={"if-none-match": etag}).status_code == 200


def test_another_language_or_another_name_is_another_page(client, voted):
    etag = client.get(URL)["ETag"]
    assert client.get(URL, headers={"accept-language": "de"})["ETag"] != etag
    ModelCard.objects.filter(slug="first").update(name="Renamed")
    assert client.get(URL)["ETag"] != etag


def test_the_number_of_queries_does_not_grow_with_the_board(client, voted, settings):
    settings.BOARD_MIN_VOTES = 1
    asked = _queries(client)
    models = make_models(*[f"extra-{n}" for n in range(20)])
    make_votes(*[(*pair, "a") for pair in itertools.pairwise(models)])
    update_live_boards()
    assert _queries(client) == asked == 7


def _queries(client):
    with CaptureQueriesContext(connection) as queries:
        client.get(URL)
    return len(queries)


def test_the_csv_holds_the_rows_of_the_page(client, voted):
    response = client.get(reverse("leaderboard:csv"))
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert response["Content-Type"].startswith("text/csv")
    assert [row["model_name"] for row in rows] == ["first", "second", "third"]
    assert float(rows[0]["rating"]) == standings().lines[0].rating
    assert (rows[2]["state"], rows[2]["rating"]) == ("too_few_votes", "")


@pytest.mark.parametrize("start", list("=+-@\t\r"))
def test_no_cell_of_the_csv_starts_a_formula(client, voted, start):
    ModelCard.objects.filter(slug="first").update(organization=f"{start}1+1")
    content = client.get(reverse("leaderboard:csv")).content.decode()
    row = next(csv.DictReader(io.StringIO(content, newline="")))
    assert row["organization"] == f"'{start}1+1"


@pytest.mark.parametrize("address", [URL, "/leaderboard.csv"])
def test_the_board_takes_no_posts(client, address):
    assert client.post(address).status_code == 405


def test_measured_accuracy_is_a_column_where_cards_have_it(client, voted):
    assert "Accuracy" not in text_of(client.get(URL))
    ModelCard.objects.filter(slug="second").update(accuracy={"count": 81.0, "where": 40.0})
    text = text_of(client.get(URL))
    assert "Accuracy" in text
    assert "60%" in text
