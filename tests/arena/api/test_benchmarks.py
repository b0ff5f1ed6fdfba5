"""Benchmark scores as a table, and beside the votes: the same as on the page."""

from __future__ import annotations

import csv
import io

import pytest

from arena.benchmarks.services import import_scores
from arena.boards.models import Board
from arena.boards.services.updating import update_live_boards
from tests.arena.benchmarks.test_services import FILES

pytestmark = pytest.mark.django_db
DEFAULT = "mmbench-v11,mmstar,mmmu,mathvista,ocrbench,ai2d,hallusionbench,mm-vet"


@pytest.fixture
def scores(db):
    import_scores(FILES / "open-vlm.json", "open-vlm")


def table(client, **query):
    response = client.get("/api/v1/benchmark-table", query)
    assert response.status_code == 200, response.content
    return response.json()


def names(client, **query):
    return [model["display_name"] for model in table(client, **query)["models"]]


def test_the_table_opens_as_the_page_does(client, scores):
    said = table(client)
    assert said["benchmarks"] == DEFAULT.split(",")
    large, *_, closed = said["models"]
    assert (large["mmbench_v11"], large["ocrbench"], large["open_weights"]) == (79.0, 72.0, True)
    assert large["average"] == pytest.approx(500 / 8)
    assert (large["mean_rank"], large["size_class"]) == (1.875, "20-40B")
    assert (closed["average"], closed["mean_rank"], closed["mm_vet"]) == (None, None, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort": "ocrbench"}, ["Closed", "Large-34B", "Medium-8B", "Small-2B"]),
        ({"sort": "parameters"}, ["Small-2B", "Medium-8B", "Large-34B", "Closed"]),
        ({"sort": "-parameters"}, ["Large-34B", "Medium-8B", "Small-2B", "Closed"]),
        ({"sort": "-ocrbench"}, ["Closed", "Large-34B", "Medium-8B", "Small-2B"]),
        ({"sort": "-mean-rank"}, ["Small-2B", "Medium-8B", "Large-34B", "Closed"]),
        ({"sort": "-name"}, ["Small-2B", "Medium-8B", "Large-34B", "Closed"]),
        ({"size": "<4B"}, ["Small-2B"]),
        ({"weights": "closed"}, ["Closed"]),
        ({"q": "beta 8b"}, ["Medium-8B"]),
        ({"license": "mit"}, []),
        ({"benchmarks": "mmmu,ai2d"}, ["Closed", "Large-34B", "Medium-8B", "Small-2B"]),
    ],
)
def test_a_program_narrows_and_sorts_as_a_visitor_does(client, scores, query, expected):
    assert names(client, **query) == expected


@pytest.mark.parametrize(
    "query", [{"sort": "nonsense"}, {"benchmarks": "mmmu,nonsense"}, {"size": "3B"}]
)
def test_what_is_not_known_is_refused(client, query):
    assert client.get("/api/v1/benchmark-table", query).status_code == 422


def test_pages_and_sheets_have_the_same_rows(client, scores):
    first = table(client, limit=3)
    rest = table(client, limit=3, cursor=first["next"])
    sheet = client.get("/api/v1/benchmark-table.csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(sheet)))
    found = [*first["models"], *rest["models"]]
    assert [row["display_name"] for row in rows] == [one["display_name"] for one in found]
    assert (rows[0]["mmmu"], rows[3]["mm_vet"], rest["next"]) == ("51.0", "", "")


def test_each_board_says_how_far_benchmarks_agree_with_it(client, benchmarked):
    Board.objects.create(slug="month", name="Last month", days=30)
    update_live_boards()
    rows = client.get("/api/v1/benchmark-agreement").json()["agreements"]
    assert [(row["board"], row["benchmark"], row["models"]) for row in rows] == [
        ("overall", "mmmu", 6),
        ("month", "mmmu", 6),
    ]
    for row in rows:
        assert row["spearman_lower"] <= row["spearman_upper"] <= row["spearman"] == 1.0
    one = client.get("/api/v1/benchmark-agreement?board=month").json()["agreements"]
    assert [row["board"] for row in one] == ["month"]
    assert client.get("/api/v1/benchmark-agreement?board=nonsense").status_code == 404
