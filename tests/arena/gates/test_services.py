"""The rate limit: a window per voter, one per network, and none that an outage opens or shuts."""

from __future__ import annotations

import socket
import threading
from uuid import uuid4

import pytest
from redis import Redis

from arena.core import redis as connections
from arena.core.errors import TooMany
from arena.core.images import PlainPicture
from arena.gates.attempts import BattleAttempt
from arena.gates.services import NoRoom, admit, admit_reader, is_admitted, pass_gates
from arena.gates.states import GateStage
from tests.arena.at_once import at_once
from tests.arena.gates.counts import forget_counts
from tests.full import full


@pytest.fixture(autouse=True)
def _limits(settings, valkey_url):
    settings.RATE_BATTLES, settings.RATE_BATTLES_NETWORK = "5/minute", "12/minute"
    settings.RATE_BATTLES_WIDE, settings.RATE_VOTES = "25/minute", "7/minute"
    forget_counts()
    yield
    forget_counts()


def ask(action, *, voter="", network="", wide=""):
    """Ask for a battle or for something else, as a visitor's request does."""
    if action == "battle":
        attempt = BattleAttempt(voter=voter, network=network, wide_network=wide)
        pass_gates(attempt, GateStage.BUDGETS)
    else:
        admit(action, voter=voter, network=network)


def admitted(action, tries, **who):
    """How many of so many tries pass; who is not named is somebody else at each."""
    passed = 0
    for _ in range(tries):
        strangers = {name: str(uuid4()) for name in ("voter", "network", "wide")}
        try:
            ask(action, **strangers | who)
        except TooMany:
            continue
        passed += 1
    return passed


def test_a_voter_has_an_exact_budget():
    assert admitted("battle", 30, voter="v") == 5


def test_a_network_has_an_exact_budget_whoever_asks_from_it():
    assert admitted("battle", 40, network="n") == 12


def test_a_wide_network_has_an_exact_budget_over_all_its_addresses():
    assert admitted("battle", 60, wide="w") == 25


def test_a_rate_may_have_a_window_for_the_day_as_well(settings):
    settings.RATE_BATTLES = "5/minute;7/day"
    assert admitted("battle", 10, voter="v") == 5
    settings.RATE_BATTLES = "100/minute;7/day"
    assert admitted("battle", 10, voter="w") == 7


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
        ask("battle", network="n")
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
        ask("battle", voter="v", network="n")
    assert 1 <= refused.value.retry_after <= 60


def test_the_window_moves_on(settings):
    settings.RATE_BATTLES = "1/second"
    ask("battle", voter="v", network="n")
    wait = threading.Event()
    for _ in range(60):
        if admitted("battle", 1, voter="v", network="n"):
            return
        wait.wait(0.05)
    raise AssertionError("the window never opened again")


@pytest.fixture(params=["absent", "hangs", "full"])
def broken_store(request, settings, monkeypatch, unused_tcp_port, full_valkey):
    """The store can't count: nobody listens, nobody answers, or it takes no more."""
    monkeypatch.setitem(connections.CONNECTION, "socket_timeout", 0.05)
    monkeypatch.setitem(connections.CONNECTION, "retry", connections.CircuitBreaker())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ports = {"absent": unused_tcp_port, "hangs": silent.getsockname()[1]}
        port = ports.get(request.param)
        settings.LIMITS_STORAGE = f"redis://127.0.0.1:{port}/0" if port else full_valkey
        forget_counts()
        yield


@pytest.fixture
def full_valkey(valkey_url):
    """The server of the tests, with a limit that its bare start is over."""
    with Redis.from_url(valkey_url) as connection, full(connection):
        yield valkey_url


@pytest.mark.usefixtures("broken_store")
class TestBrokenStore:
    """Each process goes on counting for itself."""

    def test_nobody_is_refused_for_it(self):
        assert admitted("battle", 5, voter="v") == 5

    def test_no_limit_opens(self):
        assert admitted("battle", 30, voter="v") == 5
        assert admitted("battle", 30, network="n") == 12

    def test_no_budget_opens(self, settings):
        settings.BYTES_VOTER = "1000/hour"
        assert spent([400] * 4, voter="v") == 2

    def test_a_refusal_says_when_to_come_back(self):
        admitted("battle", 5, voter="v")
        with pytest.raises(TooMany) as refused:
            ask("battle", voter="v", network="n")
        assert 1 <= refused.value.retry_after <= 60

    def test_it_is_logged(self, caplog):
        admitted("vote", 1)
        assert "rates are counted by each process" in caplog.text


def spend(size, *, voter="", network=""):
    """Ask to store a picture of this size."""
    picture = PlainPicture(data=bytes(size), mime="image/png", width=1, height=1)
    attempt = BattleAttempt(voter=voter, network=network, pictures=(picture,), prompt="?")
    pass_gates(attempt, GateStage.QUESTION)


def spent(sizes, *, voter=None, network=None):
    """How many pictures of these sizes are within the budgets."""
    passed = 0
    for size in sizes:
        try:
            spend(size, voter=voter or str(uuid4()), network=network or str(uuid4()))
        except (TooMany, NoRoom):
            continue
        passed += 1
    return passed


class TestBytes:
    """Budgets of what is stored."""

    @pytest.fixture(autouse=True)
    def _budgets(self, settings):
        settings.BYTES_VOTER, settings.BYTES_NETWORK = "1000/hour", "2500/hour"
        settings.BYTES_SITE = "6000/hour"

    def test_a_voter_has_one(self):
        assert spent([400] * 9, voter="v") == 2

    def test_what_is_left_can_still_be_spent(self):
        assert spent([900, 200, 100], voter="v") == 2

    def test_a_network_has_one_whoever_asks_from_it(self):
        assert spent([500] * 9, network="n") == 5

    def test_the_site_has_one_whoever_asks(self):
        assert spent([500] * 20) == 12

    def test_the_sites_is_no_guilt_of_the_visitor(self):
        spent([500] * 12)
        with pytest.raises(NoRoom) as refused:
            spend(500, network="n")
        assert refused.value.status == 503
        assert 1 <= refused.value.retry_after <= 3600

    def test_many_at_once_get_the_budget_and_no_more(self):
        assert sum(at_once(lambda sizes: spent(sizes, voter="v"), [[100]] * 20)) == 10

    def test_who_has_none_left_is_refused_before_the_picture_is_looked_at(self):
        spend(1000, voter="v", network="n")
        with pytest.raises(TooMany):
            ask("battle", voter="v", network="n")

    def test_votes_cost_no_bytes(self):
        spend(1000, voter="v", network="n")
        admit("vote", voter="v")


def test_samples_have_a_limit_per_network_and_one_of_the_site_for_fresh_ones(settings):
    settings.RATE_SAMPLES_NETWORK, settings.RATE_FRESH_SAMPLES = "4/minute", "3/minute"
    assert admitted("sample", 9, network="n") == 4
    assert [is_admitted("fresh_sample") for _ in range(5)] == [True] * 3 + [False] * 2


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
    forget_counts()
    # The minute of the clock may turn in between, and then the budget is new.
    assert 9 <= read(30, "n") <= 18
    assert read(5, "another") == 5


def test_reading_needs_no_redis(settings):
    settings.LIMITS_STORAGE = "redis://127.0.0.1:1/0"
    forget_counts()
    assert read(3, "n") == 3
