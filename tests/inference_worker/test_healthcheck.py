"""The worker's health check."""

from __future__ import annotations

import os
import socket
import tempfile
import time

import pytest

from inference_worker import alive, healthcheck
from inference_worker.wire.presence import WORKER_SECONDS

pytestmark = pytest.mark.usefixtures("valkey_url")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_this_machine_s_worker_is_found():
    assert healthcheck.main() == 1
    alive.mark(f"{socket.gethostname()}-7")
    assert healthcheck.main() == 0


def test_another_machine_s_worker_does_not_count():
    alive.mark("elsewhere-7")
    assert healthcheck.main() == 1


def test_a_named_worker_is_found(monkeypatch):
    monkeypatch.setenv("ARENA_WORKER_NAME", "gpu-1/../x")
    alive.mark("gpu-1/../x")
    assert healthcheck.main() == 0


def test_a_redis_that_is_away_is_said(monkeypatch, capsys):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert healthcheck.main() == 75
    assert "Redis" in capsys.readouterr().err


def test_a_full_redis_says_nothing_of_the_worker(valkey, capsys):
    before = valkey.config_get("maxmemory")["maxmemory"]
    valkey.config_set("maxmemory", 1)
    try:
        assert healthcheck.main() == 75
    finally:
        valkey.config_set("maxmemory", before)
    assert "Redis" in capsys.readouterr().err


def test_a_worker_that_reports_no_more_is_not_there(tmp_path):
    alive.mark("quiet")
    [file] = tmp_path.iterdir()
    os.utime(file, (0, time.time() - WORKER_SECONDS - 1))
    assert not alive.lately("quiet")
