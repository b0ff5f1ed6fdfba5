"""The worker's health check."""

from __future__ import annotations

import socket
import time

import pytest
from redis import Redis

from inference_worker import present
from inference_worker.wire import presence


@pytest.fixture
def reported(valkey_url):
    def report(name):
        with Redis.from_url(valkey_url) as redis:
            worker = presence.WorkerReport(name, ("inference",), "cpu", (), 0, time.time())
            presence.report(redis, worker)

    return report


def test_this_machine_s_worker_is_found(reported):
    assert present.main() == 1
    reported(f"{socket.gethostname()}-7")
    assert present.main() == 0


def test_another_machine_s_worker_does_not_count(reported):
    reported("elsewhere-7")
    assert present.main() == 1


def test_a_named_worker_is_found(reported, monkeypatch):
    monkeypatch.setenv("ARENA_WORKER_NAME", "gpu-1")
    reported("gpu-1")
    assert present.main() == 0


def test_a_redis_that_is_away_is_said(monkeypatch, capsys):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert present.main() == 75
    assert "Redis" in capsys.readouterr().err


def test_a_full_redis_says_nothing_of_the_worker(valkey, capsys):
    before = valkey.config_get("maxmemory")["maxmemory"]
    valkey.config_set("maxmemory", 1)
    try:
        assert present.main() == 75
    finally:
        valkey.config_set("maxmemory", before)
    assert "Redis" in capsys.readouterr().err
