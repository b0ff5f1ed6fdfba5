"""How long a prompt may be, as far as workers know the models."""

from __future__ import annotations

import pytest
from redis import Redis

from arena.catalog import selectors
from arena.catalog.states import CardState, ProbeResult
from inference_worker.wire.prompt_limits import PromptLimit
from tests.factories import make_card, make_models, make_version, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]


def limit(slug, tokens=900, rate=450):
    return PromptLimit(f"shipped:{slug}", tokens, rate)


def test_each_limit_is_named_once_and_the_strictest_first():
    make_models("one", "two", "three")
    make_worker(limits=(limit("one", 4000), limit("two")))
    make_worker(name="owl", limits=(limit("three"), limit("one", 4000)))
    assert selectors.prompt_limits() == [PromptLimit("", 900, 450), PromptLimit("", 4000, 450)]


def test_no_limit_tells_whose_it_is():
    make_models("one")
    make_worker(limits=(limit("one"),))
    assert [one.source for one in selectors.prompt_limits()] == [""]


def test_only_models_that_can_be_drawn_count():
    make_version(make_card("retired", state=CardState.RETIRED))
    make_version(make_card("failed"), probe=ProbeResult.FAILED)
    make_version(make_card("weightless", weight=0))
    names = ("retired", "failed", "weightless", "unknown")
    make_worker(limits=tuple(limit(name) for name in names))
    assert selectors.prompt_limits() == []


@pytest.mark.parametrize("tokens", [0, 1, selectors.LEAST_PROMPT - 1])
def test_a_worker_cannot_close_the_arena(tokens):
    make_models("one", "two")
    make_worker(limits=(limit("one", tokens), limit("two", rate=2**31 - 1)))
    assert selectors.prompt_limits() == [PromptLimit("", 900, 1000)]


def test_workers_that_know_nothing_set_no_limit():
    make_models("one")
    make_worker()
    assert selectors.prompt_limits() == []


def test_without_redis_no_limit_is_known(monkeypatch, unused_tcp_port):
    make_models("one")
    away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setattr(selectors, "client", lambda: away)
    assert selectors.prompt_limits() == []
