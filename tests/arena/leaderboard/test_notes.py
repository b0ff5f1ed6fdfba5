from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.db.models import QuerySet

from arena.boards.models import Board, Snapshot
from arena.boards.services.updating import update_background_boards, update_live_boards
from arena.leaderboard.selectors.notes import about, notes
from arena.rating.methods import DEFAULT_METHOD, available_methods, load_method
from tests.arena.boards.newest import newest_snapshot
from tests.factories import make_models, make_vote

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def found(**details):
    """The newest snapshot, as if its fit had found this."""
    snapshot = newest_snapshot()
    body = json.dumps({**json.loads(snapshot.body), "details": details})
    QuerySet.update(Snapshot.objects.filter(pk=snapshot.pk), body=body)
    return newest_snapshot()


def test_a_board_says_what_it_is_confined_to_by_name(client, voted):
    board = Board(category="ocr", language="de")
    assert (about(board).category, about(board).language) == ("Reading text", "German")
    assert (about(Board()).category, about(Board()).language) == ("", "")


def test_an_operators_own_category_keeps_its_word():
    assert about(Board(category="street_signs")).category == "street_signs"


@pytest.fixture
def measured(no_layer, valkey_url, settings):
    """Twelve votes for longer answers, on each side, with ties; every third has more lists."""
    settings.BOARD_MIN_VOTES, settings.BOARD_REFIT_SECONDS = 1, 0
    models = make_models("ash", "elm", "fir")
    for number in range(36):
        pair = models[number % 3], models[(number + 1) % 3]
        long = {"length": 40 + number, "headers": 0, "lists": number % 3, "bold": 0}
        short = {"length": 20, "headers": 0, "lists": 0, "bold": 0}
        choice = ("a", "a", "tie", "b", "both_bad")[number % 5]
        make_vote(*pair, choice, a=long, b=short)
    update_live_boards()


def test_what_style_is_worth_is_said_of_each_feature_that_differs(client, measured):
    Board.objects.create(slug="style", name="Style", method="style_controlled")
    update_background_boards()
    newest = Snapshot.objects.filter(board__slug="style").latest("pk")
    assert list(newest.details["style"]) == ["lists", "token_length"]
    length = newest.details["style"]["token_length"]
    text = text_of(client.get("/leaderboard/style/"))
    assert "What style is worth" in text
    assert re.search(rf"longer {length['coefficient']:.0f} -?[\d,]+ – [\d,]+", text)
    assert "more list items" in text
    assert "more headings" not in text  # no answer had any, so nothing is known of them


def test_ties_between_equals_are_said_in_percent(client, measured):
    Board.objects.create(slug="ties", name="Ties", method="davidson")
    update_live_boards()
    newest = Snapshot.objects.filter(board__slug="ties").latest("pk")
    chance = 100 * newest.details["tendencies"]["both_bad"]["chance"]
    text = text_of(client.get("/leaderboard/ties/"))
    assert "How often nobody wins" in text
    assert f"Both bad {chance:.1f} " in text


def test_a_board_says_one_thing_about_ties(client, measured):
    Board.objects.create(slug="ties", name="Ties", method="davidson")
    update_live_boards()
    half = "Both kinds of tie count as half a win for each side."
    assert half in text_of(client.get("/leaderboard/"))
    text = text_of(client.get("/leaderboard/ties/"))
    assert half not in text
    assert "The rating counts wins and losses alone" in text


@pytest.mark.parametrize("method", available_methods())
def test_each_method_is_shown_on_its_board_and_on_the_methodology_page(client, db, method):
    told = load_method(method).DESCRIPTION
    Board.objects.create(slug="its-own", name="Its own", method=method)
    board = unescape(text_of(client.get("/leaderboard/its-own/")))
    assert told.ties in board
    assert (told.summary in board) == (method != DEFAULT_METHOD)
    page = unescape(text_of(client.get("/methodology/")))
    assert f"{told.title} {method} {told.summary} {told.ties}" in page


def test_a_board_of_a_method_that_is_gone_still_opens(client, voted):
    board = Board.objects.get(slug="overall")
    Board.objects.filter(pk=board.pk).update(method="glicko")
    QuerySet.update(Snapshot.objects.all(), method="glicko")
    assert client.get("/leaderboard/").status_code == 200


def test_whole_voters_are_counted(client, voted):
    found(effective_voters=549.27)
    assert "in effect 549" in text_of(client.get("/leaderboard/"))


def test_without_such_findings_there_is_no_such_table(client, voted):
    assert notes(None) == notes(newest_snapshot())
    assert "What style is worth" not in text_of(client.get("/leaderboard/"))


def test_a_board_says_on_how_few_votes_its_first_place_rests(client, voted):
    assert newest_snapshot().details["first_place"] is None
    found(first_place={"leader": "first@1", "rival": "second@1", "votes": 7, "share": 0.1})
    text = text_of(client.get("/leaderboard/"))
    assert "Without the 7 votes that hold the first model up most, Second would be first" in text
