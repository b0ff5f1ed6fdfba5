"""What a process keeps for a moment."""

from __future__ import annotations

import pytest

from arena.api.answers import KEPT
from arena.core import kept as kept_module
from tests.factories import make_card

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
MOMENT = 0.25
SITE_HEADERS = {"Content-Security-Policy", "X-Frame-Options"}
"""The edge puts them on every answer that has none."""


class Clock:
    """A time that stands until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture(autouse=True)
def kept(monkeypatch, voted):
    """Answers are kept by a clock of the test's own."""
    KEPT.clear()
    clock = Clock()
    monkeypatch.setattr(kept_module, "time", clock)
    return clock


def test_the_same_question_costs_no_query(client, django_assert_num_queries):
    first = client.get("/api/v1/leaderboard")
    with django_assert_num_queries(0):
        again = client.get("/api/v1/leaderboard")
    assert (again.content, again["ETag"]) == (first.content, first["ETag"])
    assert again["RateLimit"] != first["RateLimit"]
    same = set(first.headers) - {"RateLimit", "Vary", *SITE_HEADERS}
    assert {name: again[name] for name in same} == {name: first[name] for name in same}


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/api/v1/leaderboard?limit=1"},
        {"path": "/api/v1/leaderboard.csv"},
        {"headers": {"accept": "text/csv"}},
        {"headers": {"host": "localhost"}},
        {"headers": {"accept-language": "de"}},
    ],
)
def test_another_question_is_answered_by_itself(client, other, django_assert_num_queries):
    client.get("/api/v1/leaderboard")
    with django_assert_num_queries(4):
        client.get(**{"path": "/api/v1/leaderboard", **other})


def test_after_a_moment_it_is_made_anew(client, voted, kept):
    client.get("/api/v1/leaderboard")
    voted(1)
    assert client.get("/api/v1/leaderboard").json()["rows"][0]["vote_count"] == 14
    kept.now += MOMENT
    assert client.get("/api/v1/leaderboard").json()["rows"][0]["vote_count"] == 15


def test_what_is_kept_is_counted_under_its_own_address(client, settings):
    settings.METRICS_TOKEN = "sixteen characters"
    for _ in range(3):
        client.get("/api/v1/leaderboard")
    bearer = {"authorization": "Bearer sixteen characters"}
    told = client.get("/metrics", headers=bearer).content.decode()
    lines = [one for one in told.splitlines() if "api:leaderboard" in one and "_total{" in one]
    assert sum(float(line.split()[-1]) for line in lines if "2xx" in line) >= 3


def test_a_foreign_host_is_refused_what_is_kept(client):
    client.get("/api/v1/leaderboard")
    assert (
        client.get("/api/v1/leaderboard", headers={"host": "elsewhere.example"}).status_code == 400
    )


def test_a_refusal_is_not_kept(client, voted, kept):
    assert client.get("/api/v1/models/fourth").status_code == 404
    make_card("fourth")
    assert client.get("/api/v1/models/fourth").status_code == 200


def test_a_reader_who_reads_too_much_is_refused_what_is_kept_too(client, settings):
    client.get("/api/v1/leaderboard")
    settings.RATE_READS_NETWORK = "0/minute"
    response = client.get("/api/v1/leaderboard")
    assert (response.status_code, response.json()["code"]) == (429, "too_many")
    assert response["RateLimit"].startswith('"reads";r=0;t=')
    assert response["Access-Control-Allow-Origin"] == "*"


def test_nothing_is_written_by_what_is_kept(client):
    client.get("/api/v1/leaderboard")
    assert client.post("/api/v1/leaderboard").status_code == 405
