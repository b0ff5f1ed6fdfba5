"""`/metrics` for who has the token, and the count of every other request."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from arena.metrics.process import REGISTRY, count_request
from arena.metrics.stores import StoreCollector

PATH = "/metrics"
_HEADERS = {"Cache-Control": "no-store"}

REGISTRY.register(StoreCollector())


class MetricsMiddleware:
    """Stands before all that looks at a host's name or at TLS: it is asked inside the network.

    Without ARENA_METRICS_TOKEN the address is like any that leads nowhere.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == PATH and settings.METRICS_TOKEN:
            given = request.headers.get("Authorization", "")
            if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
                return HttpResponse(status=401, headers={**_HEADERS, "WWW-Authenticate": "Bearer"})
            body = generate_latest(REGISTRY)
            return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=_HEADERS)
        began = perf_counter()
        response = self.get_response(request)
        count_request(request, response.status_code, perf_counter() - began)
        return response
