from __future__ import annotations

import json
import re

import pytest
from django.db.models import QuerySet

from arena.leaderboard.models import Board, Snapshot
from arena.leaderboard.selectors.notes import about, notes
from tests.arena.leaderboard.newest import newest_snapshot

pytestmark = pytest.mark.django_db
SPAN = {"lower": -4.4, "upper": 38.2}


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


def test_what_style_is_worth_is_said_in_points(client, voted):
    found(style={"length": {"coefficient": 17.2, **SPAN}})
    text = text_of(client.get("/leaderboard/"))
    assert "What style is worth" in text
    assert "longer 17 -4 – 38" in text


def test_ties_between_equals_are_said_in_percent(client, voted):
    found(tendencies={"tie": {"chance": 0.214, "lower": 0.2, "upper": 0.23}})
    assert "Both good 21.4 20.0 – 23.0" in text_of(client.get("/leaderboard/"))


def test_whole_voters_are_counted(client, voted):
    found(effective_voters=549.27)
    assert "in effect 549" in text_of(client.get("/leaderboard/"))


def test_without_such_findings_there_is_no_such_table(client, voted):
    assert notes(None) == notes(newest_snapshot())
    assert "What style is worth" not in text_of(client.get("/leaderboard/"))
