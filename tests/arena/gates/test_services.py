"""The rate limit: a window per voter, one per network, and none that an outage shuts."""

from __future__ import annotations

import socket
import threading
from uuid import uuid4

import pytest

from arena.core import redis as connections
from arena.core.errors import TooMany
from arena.gates import services
from arena.gates.services import admit, admit_reader
from tests.arena.at_once import at_once


@pytest.fixture(autouse=True)
def _limits(settings, valkey_url):
    settings.RATE_BATTLES, settings.RATE_BATTLES_NETWORK = "5/minute", "12/minute"
    settings.RATE_VOTES = "7/minute"
    services._limiter.cache_clear()
    yield
    services._limiter.cache_clear()


def admitted(action, tries, *, voter=None, network=None):
    """How many of so many tries pass."""
    passed = 0
    for _ in range(tries):
        try:
            admit(action, voter=voter or str(uuid4()), network=network or str(uuid4()))
        except TooMany:
            continue
        passed += 1
    return passed


def test_a_voter_has_an_exact_budget():
    assert admitted("battle", 30, voter="v") == 5


def test_a_network_has_an_exact_budget_whoever_asks_from_it():
    assert admitted("battle", 40, network="n") == 12


def test_strangers_do_not_share_a_budget():
    assert admitted("battle", 30) == 30


def test_a_voter_who_moves_takes_the_budget_along():
    assert admitted("battle", 3, voter="v", network="one") == 3
    assert admitted("battle", 30, voter="v", network="two") == 2


def test_a_voter_over_the_limit_does_not_use_up_the_networks_budget():
    admitted("battle", 100, voter="v", network="n")
    assert admitted("battle", 40, network="n") == 7


def test_who_is_nobody_yet_counts_for_the_network():
    for _ in range(12):
        admit("battle", voter=None, network="n")
    assert admitted("battle", 5, network="n") == 0


def test_votes_and_battles_are_counted_apart():
    assert admitted("battle", 30, voter="v") == 5
    assert admitted("vote", 30, voter="v") == 7


def test_votes_have_no_limit_per_network():
    assert admitted("vote", 40, network="n") == 40


def test_a_burst_at_once_gets_the_budget_and_no_more():
    assert sum(at_once(lambda tries: admitted("battle", tries, voter="v"), [5] * 10)) == 5


def test_a_refusal_says_when_to_come_back():
    admitted("battle", 5, voter="v")
    with pytest.raises(TooMany) as refused:
        admit("battle", voter="v", network="n")
    assert 1 <= refused.value.retry_after <= 60


def test_the_window_moves_on(settings):
    settings.RATE_BATTLES = "1/second"
    admit("battle", voter="v", network="n")
    wait = threading.Event()
    for _ in range(60):
        if admitted("battle", 1, voter="v", network="n"):
            return
        wait.wait(0.05)
    raise AssertionError("the window never opened again")


def test_an_unreachable_redis_lets_through(settings, unused_tcp_port):
    settings.LIMITS_STORAGE = f"redis://127.0.0.1:{unused_tcp_port}/0"
    assert admitted("battle", 10, voter="v") == 10


def test_a_redis_that_hangs_lets_through(settings, monkeypatch):
    monkeypatch.setitem(connections.CONNECTION, "socket_timeout", 0.05)
    monkeypatch.setitem(connections.CONNECTION, "retry", connections.Patience())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.LIMITS_STORAGE = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        assert admitted("battle", 1, voter="v") == 1


def test_the_outage_is_logged(settings, unused_tcp_port, caplog):
    settings.LIMITS_STORAGE = f"redis://127.0.0.1:{unused_tcp_port}/0"
    admitted("vote", 1)
    assert "the rate limit is unknown" in caplog.text


def test_a_single_process_may_keep_the_windows_itself(settings):
    settings.LIMITS_STORAGE = "memory://"
    assert admitted("battle", 30, voter="v") == 5


def read(times, network):
    """How many of so many readings pass."""
    passed = 0
    for _ in range(times):
        try:
            admit_reader(network=network)
        except TooMany:
            continue
        passed += 1
    return passed


def test_readers_of_a_network_share_a_budget(settings):
    settings.RATE_READS_NETWORK = "9/minute"
    services._readers.cache_clear()
    # The minute of the clock may turn in between, and then the budget is new.
    assert 9 <= read(30, "n") <= 18
    assert read(5, "another") == 5


def test_reading_needs_no_redis(settings):
    settings.LIMITS_STORAGE = "redis://127.0.0.1:1/0"
    services._limiter.cache_clear()
    assert read(3, "n") == 3
