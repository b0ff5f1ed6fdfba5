"""The client and the tools for agents, against the site itself."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import httpx
import pytest
from mcp import Client

from arena.bootstrap.environment import ROOT
from arena.catalog.models import ModelCard
from arena.client import ArenaClient, ArenaRefusal, RatedModel
from arena.client.mcp import build_server
from arena.client.reading import (
    BoardReading,
    FirstPlaceSummary,
    PairComparison,
    PairRecord,
    SnapshotEntry,
)
from arena.config.wsgi import application

pytestmark = [
    pytest.mark.django_db(transaction=True),  # a request of a server's ends by itself
    pytest.mark.one_database,
]
COUNTED: list[int] = []


class CountingTransport(httpx.WSGITransport):
    """Remembers the status of each answer."""

    def handle_request(self, request):
        response = super().handle_request(request)
        COUNTED.append(response.status_code)
        return response


@pytest.fixture
def arena(transactional_db, voted):
    COUNTED.clear()
    with ArenaClient("http://localhost", transport=CountingTransport(application)) as client:
        yield client


def test_a_board_is_read_in_two_lines(arena):
    rows = arena.leaderboard()["rows"]
    assert [row["model_name"] for row in rows] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("kind", "described"),
    [
        (RatedModel, "LeaderboardRow"),
        (BoardReading, "LeaderboardAnswer"),
        (FirstPlaceSummary, "FirstPlaceNote"),
        (PairRecord, "PairRow"),
        (PairComparison, "HeadToHead"),
        (SnapshotEntry, "SnapshotSummary"),
    ],
)
def test_what_is_read_has_the_fields_that_are_described(kind, described):
    schema = json.loads((ROOT / "docs/openapi-v1.json").read_text())["components"]["schemas"]
    assert kind.__annotations__.keys() == schema[described]["properties"].keys()


def test_an_unchanged_answer_is_not_sent_again(arena):
    assert arena.leaderboard() == arena.leaderboard()
    assert COUNTED == [200, 304]


def test_every_method_answers(arena, voted):
    voted(1)
    newest, *_ = arena.snapshots()
    assert arena.snapshot(newest["etag"])["ledger_number"] == newest["ledger_number"]
    assert [one["board"] for one in arena.boards()] == ["overall"]
    assert arena.changes()["board"] == "overall"
    assert [one["model_name"] for one in arena.models()] == ["first", "second", "third"]
    assert arena.model("first")["versions"][0]["version"] == 1
    assert len(list(arena.pairs())) == 2
    assert arena.votes()["cast"] == 16
    assert arena.draw_policy()["pairs"] == len(list(arena.draw_plan()))
    assert {one["name"] for one in arena.methods()} >= {"bradley_terry", "elo"}
    assert list(arena.benchmarks()) == list(arena.benchmark_table(sort="name")) == []
    assert arena.benchmark_agreement() == []
    assert (arena.correctness(), list(arena.integrity()), arena.exports()) == ([], [], [])


def test_pages_are_followed_to_the_end(arena, voted):
    [voted(1) for _ in range(4)]
    small = list(arena._pages("/snapshots", "snapshots", {"limit": 2}))
    assert small == list(arena.snapshots())


def test_a_refusal_has_its_code(arena):
    with pytest.raises(ArenaRefusal) as refused:
        arena.model("nobody")
    assert (refused.value.status, refused.value.code) == (404, "not_found")


def asked(arena, tool, **arguments):
    """What a reference client gets of the tool."""
    server = build_server(arena)

    async def ask():
        async with Client(server) as client:
            names = {one.name for one in (await client.list_tools()).tools}
            assert tool in names
            return await client.call_tool(tool, arguments)

    found = asyncio.run(ask())
    assert not found.is_error, found.content
    return json.loads(found.content[0].text)


def test_an_agent_can_ask_which_small_open_model_is_best_and_how_sure_that_is(arena):
    ModelCard.objects.filter(slug="first").update(parameters=9 * 10**9, license="mit")
    ModelCard.objects.filter(slug="second").update(parameters=7 * 10**9, license="mit")
    said = asked(
        arena, "rank_models", max_parameters=8 * 10**9, only_permissive_licenses=True, limit=3
    )
    assert [one["model_name"] for one in said["models"]] == ["second"]
    assert {"rating_lower", "rating_upper", "p_first"} <= said["models"][0].keys()
    both = asked(arena, "rank_models")
    assert 0.9 < both["probability_that_first_is_above_second"] < 1


def test_an_agent_can_compare_two_models(arena):
    said = asked(arena, "compare_models", a="first", b="second")
    assert (said["record"]["battles"], said["probability_above"] > 0.9) == (14, True)


def test_the_clients_need_no_site():
    program = "import arena.client, arena.client.mcp, sys; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
