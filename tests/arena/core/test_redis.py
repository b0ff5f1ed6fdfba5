"""The site's connections to Redis never make a visitor wait for long."""

from __future__ import annotations

import socket

import pytest
from redis.exceptions import ConnectionError, RedisError, TimeoutError

from arena.core import redis as connections


@pytest.fixture
def silent(settings, monkeypatch):
    """A server that takes connections and never answers; yields how many it took."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        monkeypatch.setitem(connections.CONNECTION, "socket_timeout", 0.1)
        monkeypatch.setattr(connections, "TIMEOUT_SECONDS", 0.05)
        connections.client.cache_clear()
        server.settimeout(0.2)
        yield server
    connections.client.cache_clear()


def taken(server):
    count = 0
    try:
        while True:
            server.accept()[0].close()
            count += 1
    except OSError:
        return count


def test_a_redis_that_hangs_is_waited_for_once(silent):
    with pytest.raises(TimeoutError):
        connections.client().get("x")
    assert taken(silent) == 1


async def test_a_redis_that_hangs_ends_the_hubs_wait_too(silent):
    client = connections.async_client()
    with pytest.raises(RedisError):
        await client.get("x")
    await client.aclose()


def test_a_redis_that_is_away_is_an_error_at_once(settings, unused_tcp_port):
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}/0"
    connections.client.cache_clear()
    with pytest.raises(ConnectionError):
        connections.client().get("x")
    connections.client.cache_clear()


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(valkey_url):
    connections.client.cache_clear()
    connections.client().set("x", "1")
    connections.client().execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
    assert connections.client().get("x") == b"1"
