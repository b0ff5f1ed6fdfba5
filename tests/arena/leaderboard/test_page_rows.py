"""Rows as a board shows them: every number already text."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation

from arena.catalog.models import ModelCard
from arena.leaderboard.selectors.page import board_page, whole
from tests.arena.boards.newest import newest_snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def page(**params):
    return board_page("overall", params, timezone.now())


def rows(**params):
    return {row.line.model_name: row for row in page(**params).table.rows}


@pytest.mark.parametrize(
    ("language", "text"), [("en", "1,285"), ("de", "1.285")], ids=["English", "German"]
)
def test_numbers_are_rounded_and_grouped_as_the_language_does(language, text):
    with translation.override(language):
        assert whole(1284.6) == text


def test_no_number_is_no_text():
    assert whole(None) == ""


def test_a_rated_row_has_its_interval_and_its_ranks(voted):
    first = rows()["first"]
    line = first.line
    assert first.interval == f"{whole(line.rating_lower)} – {whole(line.rating_upper)}"
    assert (first.ranks == "") == (line.rank_lower == line.rank_upper)
    assert first.mark is not None


def test_a_row_without_a_number_has_words_instead(voted):
    third = rows()["third"]
    assert (third.rating, third.interval, third.mark) == ("", "", None)
    assert (third.votes, third.win) == ("1", "50%")


def test_a_bar_keeps_its_place_under_any_filter(voted):
    assert rows(q="second")["second"].mark == rows()["second"].mark


def test_a_tier_opens_once_and_in_the_boards_own_order_only(voted):
    for _ in range(4):
        voted(10)
    assert [name for name, row in rows().items() if row.opens_tier] == ["second"]
    assert not any(row.opens_tier for row in rows(sort="name").values())


def test_all_rows_rest_on_the_same(voted):
    assert page().standings.rests_on == "votes"
    assert not page().interval_kinds


def test_an_age_is_rounded_so_that_a_page_keeps(voted):
    with connection.cursor() as cursor:
        at = timezone.now() - timedelta(minutes=3, seconds=30)
        statement = "UPDATE leaderboard_snapshot SET created_at = %s WHERE id = %s"
        cursor.execute(statement, [at, newest_snapshot().pk])
    now = timezone.now()
    assert board_page("overall", {}, now).age == "3\xa0minutes"
    assert board_page("overall", {}, now).facts == board_page("overall", {}, now).facts
    later = board_page("overall", {}, now + timedelta(minutes=1))
    assert later.facts != board_page("overall", {}, now).facts


def test_filters_offer_what_the_catalogue_has(voted):
    ModelCard.objects.filter(slug="first").update(organization="Kite Labs", license="MIT")
    ModelCard.objects.filter(slug="second").update(organization="Bluepeak", license="MIT")
    assert page().choices["organization"] == ["Bluepeak", "Kite Labs"]
    assert page().choices["license"] == []
