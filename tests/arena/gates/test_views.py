"""The gate before boards and API, as a visitor meets it."""

from __future__ import annotations

import pytest

from tests.arena.gates.counts import forget_counts

pytestmark = pytest.mark.django_db
PAGES = (
    "/leaderboard/",
    "/leaderboard.csv",
    "/leaderboard/overall/matrices/",
    "/api/v1/leaderboard",
)


@pytest.fixture(autouse=True)
def _used_up(settings, db):
    """No network has any readings left."""
    settings.RATE_READS_NETWORK = "0/minute"
    forget_counts()
    yield
    forget_counts()


@pytest.mark.parametrize("address", PAGES)
def test_a_network_that_reads_too_fast_is_told_when_to_go_on(client, address):
    response = client.get(address, headers={"accept": "text/html"})
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "a lot in a short time" in response.content.decode()


CHANGES = (
    "/mine/change/",
    "/mine/vote/",
    "/battles/some-battle/stop",
    "/battles/some-battle/skip",
    "/battles/some-battle/report",
    "/battles/some-battle/withdraw",
    "/battles/some-battle/next",
)


@pytest.mark.parametrize("address", CHANGES)
def test_so_is_one_that_sends_too_fast(client, address):
    response = client.post(address)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60


def test_pages_that_are_no_board_are_not_counted(client):
    assert client.get("/about/").status_code == 200
