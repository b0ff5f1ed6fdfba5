"""A store that is away or hangs costs its own series, never the reading."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connections
from redis.exceptions import RedisError

from arena.metrics import stores
from arena.metrics.series import gauge
from arena.metrics.stores import StoreCollector, StoreQuery
from tests.arena.metrics.reading import value


def well():
    return [gauge("well", "It is.", 1)]


def fails_with(error):
    def ask():
        raise error

    return StoreQuery("lame", ask)


@pytest.fixture
def stuck(monkeypatch):
    """A question that is not answered until ``go`` is set, and how often it was asked."""
    monkeypatch.setattr(stores, "SECONDS", 1.0)
    asked, go = [], threading.Event()

    def ask():
        asked.append(threading.current_thread())
        go.wait()
        return [gauge("late", "It came.", 1)]

    yield StoreQuery("stuck", ask), asked, go
    go.set()
    for thread in asked:
        thread.join()


def read(*questions):
    return list(StoreCollector(questions).collect())


def test_what_a_store_says_is_passed_on_with_the_time_it_took():
    found = read(StoreQuery("one", well))
    assert value(found, "well") == 1
    assert value(found, "arena_store_up", store="one") == 1
    assert value(found, "arena_store_answer_seconds", store="one") >= 0


@pytest.mark.parametrize(
    "error", [OperationalError(), RedisError(), OSError(), ValueError("a fault of ours")], ids=repr
)
def test_a_store_that_is_away_costs_its_own_series(error):
    found = read(fails_with(error), StoreQuery("one", well))
    assert value(found, "arena_store_up", store="lame") == 0
    assert value(found, "arena_store_answer_seconds", store="lame") is None
    assert value(found, "well") == 1


def test_only_a_fault_of_ours_is_logged_with_its_place(caplog):
    read(fails_with(OSError("the disk is gone")))
    assert "Traceback" not in caplog.text
    read(fails_with(ValueError("a fault of ours")))
    assert "a fault of ours" in caplog.text


def test_a_store_that_hangs_costs_its_own_series(stuck):
    found = read(stuck[0], StoreQuery("one", well))
    assert value(found, "arena_store_up", store="stuck") == 0
    assert value(found, "well") == 1


def test_while_a_store_hangs_nobody_asks_it_again(stuck):
    question, asked, _ = stuck
    for _ in range(3):
        read(question)
    assert len(asked) == 1


def test_once_it_goes_on_it_is_asked_anew(stuck):
    question, asked, go = stuck
    read(question)
    go.set()
    asked[0].join()
    assert value(read(question), "late") == 1
    assert len(asked) == 2


def test_two_who_read_at_once_share_an_answer(stuck):
    question, asked, _ = stuck
    assert question.ask() is question.ask()
    assert len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_no_connection_stays_open():
    held = []

    def ask():
        held.append(connections["default"])
        held[0].ensure_connection()
        return []

    assert value(read(StoreQuery("one", ask)), "arena_store_up", store="one") == 1
    assert held[0] is not connections["default"]
    assert held[0].connection is None


def test_the_folder_tells_its_room(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert value(stores.folder(), "arena_folder_free_bytes") > 0
    settings.DATA_DIR = tmp_path / "gone"
    with pytest.raises(OSError, match="gone"):
        stores.folder()
