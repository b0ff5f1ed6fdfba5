"""A connection to the real Valkey, a tiny model that loads like any other, and fonts."""

from __future__ import annotations

import pytest
from redis import Redis

from inference_worker.samples import fonts


@pytest.fixture
def valkey(valkey_url):
    with Redis.from_url(valkey_url) as connection:
        yield connection


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A folder with a tiny model; whoever loads it allows its parent."""
    # Not at the top: the tests of the wire run without torch.
    from tests.inference_worker import tiny

    return tiny.make(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def fonts_at_hand():
    if not (fonts.has_emoji() and fonts.find(fonts.FACES[0])):
        pytest.skip("fonts-dejavu-core and fonts-noto-color-emoji are not installed")


@pytest.fixture
def needs_fonts(fonts_at_hand):
    """For one test; `fonts_at_hand` is for fixtures of a wider scope."""
