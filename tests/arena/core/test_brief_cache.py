"""A result that is given again for a moment."""

from __future__ import annotations

import pytest

from arena.core import kept
from arena.core.kept import BriefCache
from tests.arena.at_once import at_once


class Clock:
    """A time that stands until it is moved."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(kept, "time", clock)
    return clock


@pytest.fixture
def cache(clock):
    cache = BriefCache(most=2, grace=0.5)
    cache.keep("key", "result", 1.0)
    return cache


def test_a_result_is_given_until_its_moment_is_over(cache, clock):
    assert cache.get("key") == "result"
    clock.now += 0.99
    assert cache.get("key") == "result"
    assert cache.get("other") is None


def test_one_caller_makes_it_anew_while_the_others_get_the_one_before(cache, clock):
    clock.now += 1.1
    got = [cache.get("key") for _ in range(4)]
    assert got == [None, "result", "result", "result"]


def test_nobody_gets_a_result_that_is_older_than_the_grace(cache, clock):
    clock.now += 1.5
    assert [cache.get("key") for _ in range(2)] == [None, None]


def test_where_the_maker_fails_another_one_makes_it(cache, clock):
    clock.now += 1.1
    assert cache.get("key") is None
    clock.now += 0.5
    assert cache.get("key") is None


def test_of_many_at_once_one_makes_it(cache, clock):
    clock.now += 1.1
    got = at_once(cache.get, ["key"] * 8)
    assert sorted(got, key=str) == [None, *["result"] * 7]


def test_too_many_are_forgotten(cache):
    cache.keep("second", "b", 1.0)
    cache.keep("third", "c", 1.0)
    assert (cache.get("key"), cache.get("third")) == (None, "c")
