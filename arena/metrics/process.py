"""Counts of this process, kept in memory: requests, their duration, open sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from typing import Any

from django.http import HttpRequest
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, Metric

from arena.gates.services import gate_reports, no_room
from arena.live.following import dropped
from arena.live.hub import followed
from arena.metrics.series import gauge

REGISTRY = CollectorRegistry()
"""This is not the library's own registry, in which other libraries may count as well."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A visitor may send any word as a method; each word would be a series for ever."""
NO_ROUTE = "none"
"""Static files, redirects to https, addresses that lead nowhere."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # else more lines than numbers
ProcessCollector(registry=REGISTRY)
_requests = Counter(
    "arena_http_requests",
    "Requests, by name of the view.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
_seconds = Histogram(
    "arena_http_request_duration_seconds",
    "From the first middleware to the answer's head.",
    ["route", "method"],
    registry=REGISTRY,
)
_sockets = Gauge("arena_websockets_open", "Open websockets of this process.", registry=REGISTRY)

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def count_request(request: HttpRequest, status: int, seconds: float) -> None:
    """Count an answered request; takes about three microseconds."""
    match = request.resolver_match
    method = request.method if request.method in METHODS else "other"
    count_answer(match.view_name if match else NO_ROUTE, method, status, seconds)


def count_answer(route: str, method: str | None, status: int, seconds: float) -> None:
    """Count a response, by the view or by what answered instead of it."""
    counter, histogram = _series(route, method, status // 100)
    counter.inc()
    histogram.observe(seconds)


@cache
def _series(route: str, method: str | None, hundreds: int) -> tuple[Counter, Histogram]:
    """Bounded: views, methods and classes of status are closed lists."""
    counter = _requests.labels(route, method, f"{hundreds}xx")
    return counter, _seconds.labels(route, method)


class CountedSockets:
    """Counts the websockets that are open in the application inside."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        with _sockets.track_inprogress():
            await self.application(scope, receive, send)


class FollowedStreams:
    """The streams and sockets that the hub reads for."""

    def collect(self) -> Iterable[Metric]:
        """Yield both counts of this process."""
        sockets, battles = followed()
        yield gauge("arena_battle_websockets", "Websockets that the hub serves.", sockets)
        yield gauge("arena_battles_followed", "Battles whose stream the hub reads.", battles)
        says = "Entries of workers' logs that no worker of ours writes."
        yield CounterMetricFamily("arena_stream_entries_dropped", says, value=dropped())


REGISTRY.register(FollowedStreams())
REGISTRY.register(no_room)
REGISTRY.register(gate_reports)
