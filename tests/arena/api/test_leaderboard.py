from __future__ import annotations

import csv
import io
import json

import pytest

from arena.boards import dispatch
from arena.boards.selectors import first_probabilities, latest
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard
from arena.core.errors import Conflict
from arena.leaderboard.selectors import standings as page
from arena.leaderboard.selectors.standings import standings
from tests.factories import make_card, make_models, make_vote

pytestmark = pytest.mark.django_db
URL = "/api/v1/leaderboard"


@pytest.fixture
def vote(settings, monkeypatch):
    settings.BOARD_MIN_VOTES = 3
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
    first, second, third = make_models("first", "second", "third")
    make_vote(second, third, "tie")

    def vote(times=1):
        [make_vote(first, second) for _ in range(times)]
        update_live_boards()

    vote(4)
    return vote


def board(client, **headers):
    response = client.get(URL, headers=headers)
    assert response.status_code == 200
    return response.json()


def test_rows_have_the_public_names(client, vote):
    row = board(client)["rows"][0]
    line = standings().lines[0]
    assert row == {
        "model_name": "first",
        "display_name": "First",
        "organization": "",
        "license": "",
        "status": "active",
        "state": "rated",
        "rating": line.rating,
        "rating_lower": line.rating_lower,
        "rating_upper": line.rating_upper,
        "rank": 1,
        "rank_lower": line.rank_lower,
        "rank_upper": line.rank_upper,
        "vote_count": 4,
        "win_rate": 1.0,
        "tier": line.tier,
        "interval": "votes",
        "borrowed": None,
        "version": 1,
        "parameters": None,
        "license_permissive": False,
        "variance": pytest.approx(((line.rating_upper - line.rating_lower) / 3.919928) ** 2),
        "p_first": first_probabilities(latest())["first@1"],
        "under_review": False,
        "category": "overall",
        "leaderboard_publish_date": latest().created_at.date().isoformat(),
    }


def test_the_probabilities_to_be_first_add_up(client, vote):
    rows = board(client)["rows"]
    chances = [row["p_first"] for row in rows if row["state"] == "rated"]
    assert sum(chances) == pytest.approx(1.0)


def test_the_board_says_what_it_was_computed_from(client, vote):
    snapshot = latest()
    assert snapshot
    said = board(client)
    assert said["method"] == {
        "name": "bradley_terry",
        "version": 3,
        "code_version": snapshot.code_version,
        "parameters": {
            "first_place": True,
            "method_version": 3,
            "min_votes": 3,
            "penalty": "firth",
            "rates": "versions",
        },
        "seed": 0,
    }
    assert (said["ledger_number"], said["ledger_hash"]) == (5, snapshot.ledger_hash)
    assert (said["board"], said["etag"]) == ("overall", snapshot.etag)


def test_a_model_without_a_rating_says_why(client, vote):
    row = board(client)["rows"][2]
    assert (row["model_name"], row["state"], row["rating"]) == ("third", "too_few_votes", None)


def test_before_the_first_vote_there_are_models_without_numbers(client):
    make_card("silent")
    said = board(client)
    assert (said["method"], said["ledger_number"], said["etag"]) == (None, 0, "")
    assert [row["model_name"] for row in said["rows"]] == ["silent"]


def test_csv_and_json_hold_the_same_rows(client, vote):
    response = client.get(f"{URL}?format=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    expected = [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in board(client)["rows"]
    ]
    assert rows == expected


def test_no_cell_of_the_csv_starts_a_formula(client, vote):
    ModelCard.objects.filter(slug="first").update(name="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in client.get(f"{URL}?format=csv").content.decode()


@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_unchanged_board_is_not_sent_again(client, vote, form):
    address = f"{URL}?format={form}"
    etag = client.get(address)["ETag"]
    unchanged = client.get(address, headers={"if-none-match": etag})
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", etag)
    vote()
    assert client.get(address, headers={"if-none-match": etag}).status_code == 200


def test_the_two_forms_have_tags_of_their_own(client, vote):
    assert client.get(URL)["ETag"] != client.get(f"{URL}?format=csv")["ETag"]


def test_caches_may_keep_it_for_a_second_and_any_site_may_read_it(client, vote):
    response = client.get(URL)
    assert set(response["Cache-Control"].split(", ")) == {"public", "max-age=1"}
    assert response["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies


def test_head_has_the_headers_alone(client, vote):
    response = client.head(URL)
    assert (response.status_code, response.content) == (200, b"")
    assert response["ETag"] == client.get(URL)["ETag"]


def test_a_browser_may_ask_before_it_sends_a_tag_from_another_site(client):
    response = client.options(URL)
    assert response.status_code == 204
    assert response["Access-Control-Allow-Headers"] == "If-None-Match"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, method):
    response = getattr(client, method)(URL)
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "read_only"
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["", "nothing", "leaderboard/x", "openapi"])
def test_other_addresses_are_refused_in_json(client, path):
    response = client.get(f"/api/v1/{path}", headers={"accept": "text/html"})
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_an_unknown_format_is_refused_by_name(client):
    response = client.get(f"{URL}?format=xml")
    assert response.status_code == 422
    assert response.json()["error"] == {
        "code": "invalid",
        "message": "This can't be understood: format.",
    }


@pytest.mark.parametrize("query", ["?board=nobodys", "?format=xml", "/none"])
def test_pages_of_other_sites_may_read_a_refusal_and_when_to_come_back(client, query):
    response = client.get(URL + query)
    assert response.status_code in {404, 422}
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in response["Access-Control-Expose-Headers"]


def test_a_refusal_of_a_service_is_json_for_every_visitor(client, monkeypatch):
    def refuse(board):
        raise Conflict("not now")

    monkeypatch.setattr(page, "standings", refuse)
    response = client.get(URL, headers={"accept": "text/html"})
    assert response.status_code == 409
    assert json.loads(response.content)["error"] == {"code": "conflict", "message": "not now"}


def test_the_number_of_queries_does_not_grow(client, vote, django_assert_num_queries):
    make_models(*[f"extra-{n}" for n in range(20)])
    with django_assert_num_queries(4):
        client.get(URL)
