"""A site whose Redis can be another one."""

from __future__ import annotations

import pytest

from tests.redis_client import forget_client


@pytest.fixture
def redis_at(settings):
    """Point the site at another Redis; the client is made anew."""

    def point(url):
        settings.REDIS_URL = url
        forget_client()

    yield point
    forget_client()
