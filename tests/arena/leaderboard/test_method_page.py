from __future__ import annotations

import re

import pytest

from arena.battles.models import Vote
from arena.leaderboard.selectors.method import chance, method_page
from arena.ledger.services.exclusions import exclude, restore
from arena.ledger.states import ExclusionReason
from tests.arena.boards.newest import newest_snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
URL = "/methodology/"


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_lead_of_400_points_is_ten_to_one():
    assert chance(400) == pytest.approx(10 / 11)
    assert chance(0) == 0.5
    assert chance(-100) == pytest.approx(1 - chance(100))


def test_the_plot_and_its_table_say_the_same(db):
    page = method_page()
    assert [(lead, percent) for lead, percent, _ in page.leads][-1] == (400, 91)
    numbers = [float(x) for x in re.findall(r"\d+\.\d+", page.curve)]
    assert all(0 <= number <= 100 for number in numbers)


def test_the_newest_snapshot_can_be_checked(client, voted):
    snapshot = newest_snapshot()
    text = text_of(client.get(URL))
    assert snapshot.etag in text
    assert snapshot.ledger_hash in text


def test_the_draw_policy_in_force_stands_in_words_and_numbers(client, voted):
    text = text_of(client.get(URL))
    assert "10% of the draw is spread evenly over all pairs" in text
    assert re.search(r"Models 3 Pairs 3 Rarest pair \d", text)


def test_without_a_plan_the_policy_is_words_alone(client, db):
    text = text_of(client.get(URL))
    assert "Which models meet" in text
    assert "Rarest pair" not in text


def test_votes_taken_out_and_put_back_are_counted_by_reason(client, voted):
    votes = list(Vote.objects.values_list("pk", flat=True)[:3])
    exclude(votes=votes, reason=ExclusionReason.OPERATOR)
    restore(votes=votes[:1], reason=ExclusionReason.OPERATOR)
    [moved] = method_page().moved
    assert (moved.out, moved.back) == (3, 1)
    assert f"{moved.reason} 3 1" in text_of(client.get(URL))


def test_where_none_was_taken_out_it_says_so(client, voted):
    assert "So far no vote was taken out." in text_of(client.get(URL))


def test_board_and_foot_lead_here(client, voted):
    assert client.get("/leaderboard/").content.decode().count(f'href="{URL}"') == 2
    assert f'href="{URL}"' in client.get("/about/").content.decode()
