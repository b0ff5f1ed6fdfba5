"""The services of docker-compose.yml, as processes: one visitor's walk through the proxy."""

from __future__ import annotations

import asyncio
import json

import httpx
import psycopg
import pytest

from arena.core.web.security_headers import missing_headers, security_headers
from tests import compose
from tests.stack import until
from tests.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
CANARY = "a lantern fish reads the newspaper"
TOKEN = "a-token-for-tests-alone"
MOST_AGREEMENTS = 8
"""Battles in a row that may end in equal answers."""
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def arena():
    if compose.NGINX is None:
        pytest.skip("no nginx on this machine")
    with compose.running(ARENA_METRICS_TOKEN=TOKEN) as local:
        yield local


@pytest.fixture
def visit(arena):
    """One battle, as far as asked; its address and the reply to the vote."""

    async def visit(visitor, choice="a"):
        # The shipped models answer now and then alike, which nobody votes on: then once more.
        for _ in range(MOST_AGREEMENTS):
            battle = await visitor.send(CANARY)
            screen = await visitor.watch(battle)
            if screen.state != "agreed":
                break
        assert screen.state == "voting", screen
        return battle, await visitor.vote(battle, choice)

    return visit


def entries(arena):
    with psycopg.connect(arena.postgres.url()) as connection:
        return connection.execute("SELECT * FROM leaderboard_ledgerentry").fetchall()


async def test_a_battle_and_a_vote_through_the_proxy_reach_the_board(arena, visit):
    async with Visitor(arena.address) as visitor:
        battle, reply = await visit(visitor)
        assert reply.status_code == 200
        assert "plate" in (await visitor.get(battle)).text
        until(lambda: entries(arena), "the vote in the ledger")


async def test_no_log_holds_a_prompt_an_answer_a_picture_s_address_or_a_secret(arena, visit):
    async with Visitor(arena.address) as visitor:
        battle, _ = await visit(visitor)
    names = [*arena.services, "inference"]
    logs = "".join(arena.log(name) for name in names if (arena.folder / f"{name}.log").exists())
    number = battle.strip("/").split("/")[-1]
    secrets = [word for name, word in compose.ENVIRONMENT.items() if "HOSTS" not in name]
    assert [word for word in (CANARY, number, TOKEN, *secrets) if word in logs] == []


async def test_votes_run_in_the_wsgi_server_and_sockets_in_the_other(arena, visit):
    async with Visitor(arena.address) as visitor:
        await visit(visitor)
    lines = [json.loads(line) for line in arena.log("proxy").splitlines() if line[:1] == "{"]
    assert {"/ws", "/battles"} <= {line["place"] for line in lines}
    assert "granian" in " ".join(arena.services["web"]["command"])


FORGED = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "for=6.6.6.6;proto=https",
}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/about/", {}, 200),
        ("/about/", FORGED, 200),
        ("/static/css/base.css", {}, 200),
        ("/nothing", {}, 404),
        ("/metrics", {}, 404),
        ("/about/", {"Host": "evil.example"}, 400),
        ("/about/", {"X": "x" * 70_000}, 400),
        ("/" + "a" * 20_000, {}, 414),
        ("/ws/nothing", {}, 404),
    ],
)
def test_every_answer_carries_the_headers(arena, path, headers, status):
    answer = httpx.get(arena.address + path, headers=headers, timeout=60)
    assert answer.status_code == status
    assert missing_headers(answer.headers) == {}
    assert all(len(answer.headers.get_list(name)) == 1 for name in security_headers())


def test_what_a_visitor_says_of_itself_changes_nothing(arena):
    """Were the scheme believed, the site would set a cookie that plain http never sends back."""
    address = f"{arena.address}/"
    answers = [httpx.get(address, headers=headers, timeout=60) for headers in ({}, FORGED)]
    flags = [[c.secure for c in answer.cookies.jar] for answer in answers]
    assert flags[0] == flags[1]
    assert "strict-transport-security" not in answers[1].headers


def test_a_body_over_the_limit_ends_at_the_proxy(arena):
    reply = httpx.post(f"{arena.address}/battles/", content=b"x" * (12 << 20), timeout=60)
    assert reply.status_code == 413
    assert "nginx" not in reply.text
    assert "<h1>" in reply.text


@pytest.mark.parametrize("name", ["web", "websocket"])
def test_both_web_programs_tell_how_the_arena_does_inside_the_network(arena, name):
    def told():
        """A store that takes too long on a busy machine is told to be away."""
        address = f"http://127.0.0.1:{arena.ports[name]}/metrics"
        reply = httpx.get(address, headers=BEARER, timeout=60)
        up = [line for line in reply.text.splitlines() if line.startswith("arena_store_up")]
        assert (reply.status_code, len(up)) == (200, 3)
        alive = 'arena_inference_workers{queue="inference"} 1.0' in reply.text
        return alive and all(line.endswith(" 1.0") for line in up)

    until(told, "all stores and the worker")


@pytest.mark.parametrize("path", ["/metrics", "/%6detrics", "//metrics", "/ws/../metrics?x=1"])
async def test_the_proxy_does_not_pass_them_on(arena, path):
    host, port = arena.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    ask = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    writer.write(ask.encode())  # by hand: a client would tidy the address up
    reply = (await reader.read()).decode()
    writer.close()
    assert reply.startswith("HTTP/1.1 404 ")
    assert "nginx" in reply
    assert "arena_" not in reply


def test_the_doctor_finds_nothing_wrong(arena):
    # On a busy machine a worker may answer later than the doctor waits.
    ask = ["python", "manage.py", "doctor", "--json"]
    until(lambda: arena.run("web", ask) == 0, "a doctor who finds nothing")
    line = [line for line in arena.log("web").splitlines() if line.startswith("[{")][-1]
    found = {finding["name"]: finding for finding in json.loads(line)}
    assert [f for f in found.values() if f["ok"] is False] == []
    assert found["database"]["says"].startswith("postgresql")


def test_an_upgrade_beside_the_running_site_changes_nothing(arena):
    assert arena.run("migrate", arena.services["migrate"]["command"]) == 0
    assert "No migrations to apply." in arena.log("migrate")
