"""What a process counts of itself, and what no label may hold."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from prometheus_client import generate_latest

from arena.live import hub
from arena.metrics import process
from arena.metrics.process import REGISTRY, CountedSockets, count_request

ABOUT = {"route": "about", "method": "GET"}


def number(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


@pytest.fixture(autouse=True)
def _from_nothing():
    """Counts of the tests before."""
    process._requests.clear()
    process._seconds.clear()
    process._series.cache_clear()


@pytest.mark.django_db
def test_a_request_is_counted_by_the_name_of_its_view(client):
    client.get("/about/")
    client.get("/about/")
    assert number("arena_http_requests_total", **ABOUT, status="2xx") == 2
    assert number("arena_http_request_duration_seconds_count", **ABOUT) == 2
    assert number("arena_http_request_duration_seconds_sum", **ABOUT) > 0


@pytest.mark.django_db
def test_no_label_holds_a_path_or_a_battle_s_number(client):
    client.get("/battles/a-secret-number/?and=a-secret-query")
    client.get("/a-secret-place")
    text = generate_latest(REGISTRY).decode()
    assert "secret" not in text
    found = {"route": "battles:battle", "method": "GET", "status": "4xx"}
    assert number("arena_http_requests_total", **found) == 1
    assert number("arena_http_requests_total", **{**found, "route": "none"}) == 1


def test_a_word_of_the_visitor_s_own_is_no_label(client):
    client.generic("BREW", "/nowhere")
    labels = {"route": "none", "method": "other", "status": "4xx"}
    assert number("arena_http_requests_total", **labels) == 1


def test_a_thousand_odd_methods_make_one_series():
    request = HttpRequest()
    for tried in range(1000):
        request.method = f"BREW{tried}"
        count_request(request, 404, 0.1)
    assert process._series.cache_info().currsize == 1


def test_health_checks_count_for_nothing(client):
    client.get("/health")
    assert b"arena_http_requests_total{" not in generate_latest(REGISTRY)


async def test_sockets_are_counted_while_they_are_open():
    seen = []

    async def application(_scope, _receive, _send):
        seen.append(number("arena_websockets_open"))
        raise OSError("the browser has gone")

    with pytest.raises(OSError, match="gone"):
        await CountedSockets(application)({}, None, None)
    assert (seen, number("arena_websockets_open")) == ([1], 0)


def test_what_the_hub_follows_is_told(monkeypatch):
    monkeypatch.setattr(process, "followed", lambda: (7, 5))
    assert number("arena_battle_websockets") == 7
    assert number("arena_battles_followed") == 5
    assert hub.followed() == (0, 0)
