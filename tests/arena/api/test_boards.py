from __future__ import annotations

import csv
import io

import pytest

from arena.boards import dispatch
from arena.boards.models import Board
from arena.boards.selectors import latest
from arena.boards.services.updating import update_live_boards
from tests.arena.ledger.labelled import vote_under
from tests.factories import make_models

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _voted(settings, monkeypatch):
    settings.BOARD_MIN_VOTES = 1
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
    Board.objects.create(slug="german", name="German", language="de", position=1)
    Board.objects.create(slug="empty", name="Empty", language="fr")
    models = make_models("first", "second", "third")
    vote_under(*models[:2], times=3, language="de")
    vote_under(*models[1:], times=3)
    update_live_boards()


def test_boards_are_listed_with_filter_and_method(client):
    overall, empty, german = client.get("/api/v1/boards").json()["boards"]
    assert (overall["state"], german["state"]) == ("ranked", "ranked")
    assert (empty["board"], empty["state"], empty["method"]) == ("empty", "no_votes", None)
    assert client.get("/api/v1/leaderboard?board=empty").status_code == 200
    assert (overall["board"], overall["filter"], overall["method"]) == (
        *("overall", {}),
        "bradley_terry",
    )
    assert (german["board"], german["name"]) == ("german", "German")
    assert german["filter"] == {"language": "de"}
    newest = latest("german")
    assert (german["ledger_number"], german["etag"]) == (6, newest.etag)


def test_a_board_is_asked_for_by_its_slug(client):
    said = client.get("/api/v1/leaderboard?board=german").json()
    assert (said["board"], said["filter"]) == ("german", {"language": "de"})
    voted = [row["model_name"] for row in said["rows"] if row["vote_count"]]
    assert voted == ["first", "second"]


def test_a_board_without_a_name_is_the_overall_one(client):
    named = client.get("/api/v1/leaderboard?board=overall")
    assert client.get("/api/v1/leaderboard").content == named.content


def test_a_board_is_had_as_csv_too(client):
    text = client.get("/api/v1/leaderboard?board=german&format=csv").content.decode()
    rows = {row["model_name"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (rows["first"]["vote_count"], rows["first"]["interval"]) == ("3", "votes")


def test_each_board_has_a_tag_of_its_own(client):
    addresses = [f"/api/v1/leaderboard?board={slug}" for slug in ("overall", "german")]
    tags = {client.get(address)["ETag"] for address in addresses}
    assert len(tags) == 2


def test_a_board_that_does_not_exist_is_not_found(client):
    response = client.get("/api/v1/leaderboard?board=nothing")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_the_draw_policy_is_public(client, settings):
    said = client.get("/api/v1/draw-policy").json()
    assert (said["strategy"], said["floor"]) == (settings.DRAW_POLICY, settings.DRAW_FLOOR)
    assert (said["models"], said["pairs"], said["even"]) == (3, 3, pytest.approx(1 / 3))
    assert 0 < said["lowest"] <= said["median"] <= said["highest"] < 1
    assert said["as_of"]


@pytest.mark.parametrize("path", ["boards", "draw-policy"])
def test_what_has_not_changed_is_not_sent_again(client, path):
    first = client.get(f"/api/v1/{path}")
    again = client.get(f"/api/v1/{path}", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["boards", "draw-policy"])
def test_nothing_can_be_written_there(client, path):
    assert client.post(f"/api/v1/{path}").status_code == 405
    assert client.options(f"/api/v1/{path}").status_code == 204
    assert client.head(f"/api/v1/{path}").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_boards(client, django_assert_num_queries):
    for number in range(5):
        Board.objects.create(slug=f"more-{number}", name="More", days=number + 1)
    update_live_boards()
    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/boards").json()["boards"]) == 8
