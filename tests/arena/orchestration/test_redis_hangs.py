"""A Valkey that is stopped takes connections and says nothing: who waits, and what follows."""

from __future__ import annotations

import signal
import subprocess
from datetime import timedelta

import pytest

from arena.battles.models import Generation
from arena.battles.states import BattleState
from arena.core import redis as connections
from arena.demo import valkey
from arena.orchestration import services
from arena.orchestration.services import BattleInput, reaping
from inference_worker.wire import presence
from tests.arena.battle_pages.browsing import Visitor
from tests.arena.gates.counts import forget_counts
from tests.arena.orchestration.working import Worker, slots, state_of
from tests.factories import make_voter
from tests.redis_client import forget_client
from tests.stack import until


@pytest.fixture
def own_valkey(tmp_path, settings, monkeypatch):
    """One that this test may stop; the site uses it, the broker does not."""
    server = valkey.configure(tmp_path)
    program = subprocess.Popen(server.argv, stdout=subprocess.DEVNULL)
    until(server.answers)
    settings.REDIS_URL = settings.LIMITS_STORAGE = server.url("site")
    monkeypatch.setitem(connections.CONNECTION, "socket_timeout", 1.0)
    monkeypatch.setitem(connections.CONNECTION, "retry", connections.CircuitBreaker())
    forget()
    yield program
    program.kill()
    program.wait()
    forget()


def forget():
    forget_client()
    forget_counts()


@pytest.fixture
def timeouts(monkeypatch):
    """Every wait for Redis that ended without an answer."""
    waits, policy = [], connections.CONNECTION["retry"]

    def call(do, fail, *args, **options):
        try:
            return type(policy).call_with_retry(policy, do, fail, *args, **options)
        except connections.TimeoutError as error:
            if error not in waits:  # a call inside another one tells both
                waits.append(error)
            raise

    monkeypatch.setattr(policy, "call_with_retry", call)
    return waits


@pytest.fixture
def hung(models, own_valkey, timeouts):
    """From now on it hangs; what is called lets it go on."""
    connections.client().ping()
    own_valkey.send_signal(signal.SIGSTOP)
    yield lambda: own_valkey.send_signal(signal.SIGCONT)
    own_valkey.send_signal(signal.SIGCONT)


def test_a_send_waits_once_and_the_next_one_not_at_all(hung, timeouts, stranger, commit):
    assert stranger.ask().status_code == 503
    assert len(timeouts) == 1
    assert Visitor(commit).ask().status_code == 503
    assert len(timeouts) == 1
    assert Generation.objects.count() == 0


@pytest.fixture
def accepted(hung, commit, picture):
    """A battle that had its place when Redis began to hang."""
    question = BattleInput(picture=picture, prompt="What is this?")
    return commit(services.start_battle, voter=make_voter(), question=question)


def test_a_vote_waits_once_and_is_stored(battle, commit, own_valkey, timeouts):
    Generation.objects.update(state="ended")
    battle.__class__.objects.update(state=BattleState.VOTING)
    own_valkey.send_signal(signal.SIGSTOP)
    owner = Visitor(commit, battle.voter)
    assert owner.do("vote", battle, choice="a").status_code == 200
    assert owner.get(f"/battles/{battle.public_id}/").status_code == 200
    assert (state_of(battle), len(timeouts)) == (BattleState.VOTED, 1)


@pytest.fixture
def settled(monkeypatch):
    """Redis has rested, and what could not be dispatched counts as lost."""

    def settle():
        later = connections.monotonic() + connections.REST_SECONDS + 1
        monkeypatch.setattr(connections, "monotonic", lambda: later)
        monkeypatch.setattr(reaping, "GRACE", timedelta(0))
        monkeypatch.setattr(presence, "remembers_voters", lambda _redis: False)

    return settle


def test_when_it_goes_on_the_reaper_dispatches_what_was_accepted(hung, accepted, commit, settled):
    hung()
    settled()
    assert commit(services.reap) == 2
    battle = Generation.objects.first().turn.battle
    assert [slot.state for slot in slots(battle)] == ["queued", "queued"]
    assert [Worker(battle, side).claim() for side in "ab"] == ["ok", "ok"]


def test_when_it_goes_on_the_next_send_is_dispatched_at_once(hung, stranger, commit, settled):
    stranger.ask()
    hung()
    settled()
    Visitor(commit).ask()
    battle = Generation.objects.order_by("-pk").first().turn.battle
    assert [slot.state for slot in slots(battle)] == ["queued", "queued"]
