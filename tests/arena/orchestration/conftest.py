"""Battles on a real Valkey, with commits that happen."""

from __future__ import annotations

import pytest
from redis import Redis

from arena.core.images import normalise
from arena.orchestration import dispatch, services
from arena.orchestration.services import BattleInput
from tests.arena.battle_pages.browsing import Visitor
from tests.arena.core.pictures import encoded
from tests.arena.gates.counts import forget_counts
from tests.arena.orchestration.working import Worker
from tests.factories import make_models, make_voter, make_worker

SLUGS = ("zebra-finch-3b", "quetzal-vision-7b")


@pytest.fixture(autouse=True)
def _site(db, valkey_url, settings):
    settings.RATE_BATTLES = settings.RATE_BATTLES_NETWORK = settings.RATE_VOTES = "9999/minute"
    settings.RATE_BATTLES_WIDE = "9999/minute"
    make_worker()
    forget_counts()


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Call a service and let its transaction commit."""

    def call(service, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return service(*args, **kwargs)

    return call


@pytest.fixture(scope="session")
def picture():
    return normalise(encoded())


@pytest.fixture
def models():
    return make_models(*SLUGS)


@pytest.fixture
def battle(commit, models, picture):
    """Both sides are on their queues."""
    question = BattleInput(picture=picture, prompt="What is this?")
    return commit(services.start_battle, voter=make_voter(), question=question)


@pytest.fixture
def workers(battle):
    """One for each side."""
    return {side: Worker(battle, side) for side in "ab"}


@pytest.fixture
def no_redis(monkeypatch, unused_tcp_port):
    """From now on nobody listens where the site looks for Redis."""
    away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setattr(dispatch, "client", lambda: away)


@pytest.fixture
def answered(battle, workers, commit):
    """The vote is open."""
    for side, worker in workers.items():
        worker.answer(f"I am side {side}.")
        commit(services.finish_generation, worker.outcome())
    battle.refresh_from_db()
    return battle


@pytest.fixture
def stranger(commit):
    return Visitor(commit)


@pytest.fixture
def owner(commit, battle):
    return Visitor(commit, battle.voter)


@pytest.fixture
def other(commit):
    return Visitor(commit, make_voter())
