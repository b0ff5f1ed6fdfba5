"""A voter's browser, a stranger's, and battles with content that can be looked for."""

from __future__ import annotations

import pytest

from tests.arena.battle_pages.browsing import Visitor
from tests.arena.gates.counts import forget_counts
from tests.arena.privacy.conftest import commit, told
from tests.factories import make_models, make_voter

__all__ = ["commit", "told"]


@pytest.fixture(autouse=True)
def _site(settings, tmp_path, db, valkey_url):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    forget_counts()


@pytest.fixture
def models():
    return make_models("first", "second", "third")


@pytest.fixture
def voter():
    return make_voter(publish=False)


@pytest.fixture
def browser(commit, voter):
    return Visitor(commit, voter)


@pytest.fixture
def stranger(commit):
    return Visitor(commit, make_voter())
