"""A connection to the real Valkey, and a tiny model that loads like any other."""

from __future__ import annotations

import pytest
from redis import Redis

from tests.inference_worker import tiny


@pytest.fixture
def valkey(valkey_url):
    with Redis.from_url(valkey_url) as connection:
        yield connection


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A folder with a tiny model; whoever loads it allows its parent."""
    return tiny.make(tmp_path_factory.mktemp("models") / "tiny")
