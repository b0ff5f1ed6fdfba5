"""The page of benchmark scores beside the votes."""

from __future__ import annotations

import re

import pytest

from arena.benchmarks.services import import_scores
from arena.boards.models import Board
from arena.boards.services.updating import update_live_boards
from arena.leaderboard.selectors.benchmarks import score_page
from tests.arena.benchmarks.test_services import FILES

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def scores(db):
    import_scores(FILES / "open-vlm.json", "open-vlm")


def names(client, query=""):
    response = client.get(f"/benchmarks/?{query}")
    assert response.status_code == 200
    return [row.name for row in response.context["page"].rows]


def test_without_scores_the_page_says_how_they_come(client):
    response = client.get("/benchmarks/")
    assert response.status_code == 200
    assert "No scores yet" in text_of(response)


def test_models_stand_by_their_average_and_those_without_one_last(client, scores):
    assert names(client) == ["Large-34B", "Medium-8B", "Small-2B", "Closed"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=ocrbench", ["Closed", "Large-34B", "Medium-8B", "Small-2B"]),
        ("sort=mean-rank", ["Large-34B", "Medium-8B", "Small-2B", "Closed"]),
        ("sort=parameters", ["Small-2B", "Medium-8B", "Large-34B", "Closed"]),
        ("sort=name", ["Closed", "Large-34B", "Medium-8B", "Small-2B"]),
        ("q=beta+8b", ["Medium-8B"]),
        ("size=<4B", ["Small-2B"]),
        ("weights=closed", ["Closed"]),
        ("weights=open&sort=name", ["Large-34B", "Medium-8B", "Small-2B"]),
        ("column=mmmu&column=ai2d", ["Closed", "Large-34B", "Medium-8B", "Small-2B"]),
        ("sort=nonsense&size=&column=nonsense", ["Large-34B", "Medium-8B", "Small-2B", "Closed"]),
        ("q=nothing", []),
    ],
)
def test_a_visitor_narrows_and_sorts(client, scores, query, expected):
    assert names(client, query) == expected


def test_an_unknown_board_is_not_there(client, scores):
    assert client.get("/benchmarks/?board=nonsense").status_code == 404


def test_a_missing_score_is_a_dash_and_no_average(client, scores):
    row = re.search(r"Closed.*?</tr>", client.get("/benchmarks/").content.decode(), re.DOTALL)[0]
    assert row.count("–") >= 3


def test_each_benchmark_says_how_far_it_agrees_with_the_votes(client, benchmarked):
    [one] = score_page({}, []).own_agreements
    assert (one.benchmark.key, one.found.models, one.found.spearman) == ("mmmu", 6, 1.0)
    text = text_of(client.get("/benchmarks/"))
    assert "MMMU 6 1.00" in text
    assert "On each board" not in text


def test_the_same_is_said_of_each_board(client, benchmarked):
    Board.objects.create(slug="month", name="Last month", days=30)
    update_live_boards()
    text = text_of(client.get("/benchmarks/"))
    assert re.search(r"On each board Benchmark Overall Last month MMMU 1\.00 .* 1\.00 ", text)
    [one] = score_page({"board": "month"}, []).own_agreements
    assert (one.board.slug, one.found.spearman) == ("month", 1.0)


def test_too_few_rated_models_are_not_compared(client, scores):
    assert "No benchmark has five models yet" in text_of(client.get("/benchmarks/"))


def test_sizes_are_drawn_against_averages(client, benchmarked):
    page = score_page({}, ["mmmu"])
    assert len(page.marks) == 6
    assert [label for _, label in page.ticks] == ["1B", "10B"]
    lefts = [float(mark.left.rstrip("%")) for mark in page.marks]
    assert lefts == sorted(lefts)
    assert all(0 <= left <= 100 for left in lefts)


def test_the_page_asks_a_constant_number_of_questions(
    client, benchmarked, scores, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        client.get("/benchmarks/")
