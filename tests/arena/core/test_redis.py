"""The site's connections to Redis never make a visitor wait for long."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from redis.exceptions import ConnectionError, RedisError, TimeoutError

from arena.core import redis as connections
from tests.redis_client import forget_client


@pytest.fixture
def silent(settings, monkeypatch):
    """A server that takes connections and never answers; yields how many it took."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.REDIS_URL = address_of(server)
        monkeypatch.setitem(connections.CONNECTION, "socket_timeout", 0.1)
        monkeypatch.setitem(connections.CONNECTION, "retry", connections.CircuitBreaker())
        monkeypatch.setattr(connections, "TIMEOUT_SECONDS", 0.05)
        forget_client()
        server.settimeout(0.2)
        yield server
    forget_client()


def address_of(server):
    """Its address."""
    return f"redis://127.0.0.1:{server.getsockname()[1]}/0"


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


@pytest.fixture
def after_the_rest(monkeypatch):
    """From when it is called on."""
    later = connections.monotonic() + connections.REST_SECONDS + 1
    return lambda: monkeypatch.setattr(connections, "monotonic", lambda: later)


def test_after_a_timeout_nobody_asks_a_redis_that_hangs(silent):
    with pytest.raises(TimeoutError):
        connections.client().get("x")
    with Redis.from_url(address_of(silent), **connections.CONNECTION) as another:
        for client in (connections.client(), another):
            with pytest.raises(ConnectionError, match="rest"):
                client.get("x")
            with pytest.raises(ConnectionError, match="rest"):
                client.pipeline().get("x").get("y").execute()
    assert taken(silent) == 1


def test_after_the_rest_one_call_tries_and_the_next_rest_begins(silent, after_the_rest):
    with pytest.raises(TimeoutError):
        connections.client().get("x")
    after_the_rest()
    with pytest.raises(TimeoutError):
        connections.client().get("x")
    with pytest.raises(ConnectionError):
        connections.client().get("x")
    assert taken(silent) == 2


def hang():
    raise TimeoutError("as a Redis does that hangs")


def test_while_one_thread_tries_the_others_are_refused(after_the_rest):
    patience = connections.CircuitBreaker()
    with pytest.raises(TimeoutError):
        patience.call_with_retry(hang, print)
    after_the_rest()

    def meanwhile():
        with ThreadPoolExecutor(1) as other:
            return other.submit(patience.call_with_retry, dict, print).exception()

    assert isinstance(patience.call_with_retry(meanwhile, print), ConnectionError)
    assert meanwhile() is None  # the try has found that Redis answers


def test_a_call_inside_the_one_that_tries_is_not_refused(after_the_rest):
    patience = connections.CircuitBreaker()
    with pytest.raises(TimeoutError):
        patience.call_with_retry(hang, print)
    after_the_rest()
    within = patience.call_with_retry(lambda: patience.call_with_retry(dict, print), print)
    assert within == {}


def test_an_answer_that_is_an_error_is_an_answer(valkey_url):
    forget_client()
    with pytest.raises(RedisError):
        connections.client().execute_command("NO-SUCH")
    assert connections.client().ping()


async def test_a_redis_that_hangs_ends_the_hubs_wait_too(silent):
    client = connections.async_client()
    with pytest.raises(RedisError):
        await client.get("x")
    await client.aclose()


def test_a_redis_that_is_away_is_an_error_at_once(settings, unused_tcp_port):
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}/0"
    forget_client()
    with pytest.raises(ConnectionError):
        connections.client().get("x")
    forget_client()


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(valkey_url):
    forget_client()
    connections.client().set("x", "1")
    connections.client().execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
    assert connections.client().get("x") == b"1"
