from __future__ import annotations

import time

import pytest
from msgspec.structs import replace
from redis.exceptions import OutOfMemoryError

from inference_worker.wire import keys, presence
from inference_worker.wire.presence import WorkerReport
from inference_worker.wire.prompt_limits import PromptLimit
from tests.full import full


def report(name):
    return WorkerReport(
        name=name, queues=("inference",), device="cpu", loaded=("m",), running=2, since=5.0
    )


def test_workers_are_listed_by_name(valkey):
    for name in ("two", "one"):
        presence.report(valkey, report(name))
    assert presence.workers(valkey) == [report("one"), report("two")]


def test_a_report_carries_the_limits_of_the_models(valkey):
    one = replace(report("one"), limits=(PromptLimit("m", 900, 450), PromptLimit("n", 50, 1)))
    presence.report(valkey, one)
    assert presence.workers(valkey) == [one]


def test_a_silent_worker_is_forgotten(valkey):
    presence.report(valkey, report("one"))
    assert 0 < valkey.ttl(keys.worker("one")) <= presence.WORKER_SECONDS


def test_a_worker_that_is_silent_is_listed_no_more(valkey):
    for name in ("gone", "here"):
        presence.report(valkey, report(name))
    valkey.delete(keys.worker("gone"))
    assert presence.workers(valkey) == [report("here")]


def test_the_list_of_names_does_not_grow_for_ever(valkey, monkeypatch):
    presence.report(valkey, report("old"))
    monkeypatch.setattr(presence, "NAME_SECONDS", -1)
    presence.report(valkey, report("new"))
    assert presence.workers(valkey) == []
    assert valkey.zcard(keys.WORKERS) == 0


@pytest.mark.parametrize(
    "value", [b"", b"\xff", b"{", b"[]", b"{}", b"[" * 99_999, b'{"name": 1}', b" " * 99_999]
)
def test_a_report_that_makes_no_sense_is_no_worker(valkey, value):
    presence.report(valkey, report("good"))
    valkey.set(keys.worker("bad"), value)
    valkey.zadd(keys.WORKERS, {"bad": time.time(), b"\xff": time.time(), "late": 2**60})
    assert presence.workers(valkey) == [report("good")]
    assert valkey.zscore(keys.WORKERS, "late") is None


def test_who_reports_under_a_name_of_its_own_is_found_by_nobody_else(valkey):
    presence.report(valkey, report("one"), place="random")
    presence.report(valkey, report("one"))
    assert presence.workers(valkey) == [report("one"), report("one")]
    assert valkey.exists(keys.worker("random"))


def test_workers_are_found_without_looking_through_all_keys(valkey):
    presence.report(valkey, report("one"))
    valkey.config_resetstat()
    assert presence.workers(valkey) == [report("one")]
    assert not {"cmdstat_scan", "cmdstat_keys"} & set(valkey.info("commandstats"))


def test_a_voter_who_never_came_is_gone(valkey):
    presence.voter_here(valkey, "here")
    assert presence.voters_gone(valkey, ["here", "gone"]) == ["gone"]


def test_a_voter_who_is_waited_for_is_waited_for_no_shorter(valkey):
    for seconds, least in ((30, 25), (presence.RETURN_SECONDS, 55), (30, 55)):
        presence.voter_here(valkey, "sent", seconds=seconds)
        assert valkey.ttl(keys.presence("sent")) >= least


def test_a_redis_that_runs_for_a_while_remembers_voters(valkey, monkeypatch):
    monkeypatch.setattr(valkey, "info", lambda _: {"uptime_in_seconds": 3600})
    assert presence.remembers_voters(valkey)


def test_a_redis_that_has_just_begun_remembers_nobody(valkey, monkeypatch):
    monkeypatch.setattr(presence, "VOTER_SECONDS", 10**9)
    assert not presence.remembers_voters(valkey)


def test_a_full_store_forgets_nobody_who_was_there(valkey):
    worker = WorkerReport("w", ("q",), "cpu", (), 0, 0.0)
    presence.report(valkey, worker)
    presence.voter_here(valkey, "battle")
    valkey.pexpire(keys.worker("w"), 900_000)
    valkey.pexpire(keys.presence("battle"), 5000)
    with full(valkey):
        with pytest.raises(OutOfMemoryError):
            presence.report(valkey, worker)
        with pytest.raises(OutOfMemoryError):
            presence.voter_here(valkey, "battle")
    assert 0 < valkey.pttl(keys.worker("w")) <= presence.WORKER_SECONDS * 1000
    assert valkey.pttl(keys.presence("battle")) > 6000


@pytest.mark.parametrize(
    ("uptime", "known"), [(5, False), (presence.START_SECONDS, False), (31, True)]
)
def test_a_redis_that_has_just_begun_may_not_know_its_workers_yet(
    valkey, monkeypatch, uptime, known
):
    monkeypatch.setattr(valkey, "info", lambda _: {"uptime_in_seconds": uptime})
    assert presence.remembers_workers(valkey) is known
