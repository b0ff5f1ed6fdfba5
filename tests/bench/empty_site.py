"""The site with one more address, whose view does nothing: what `tests.bench.api_reading` compares
the API with on the same server, behind the same middleware."""

from __future__ import annotations

from arena.config.wsgi import application

__all__ = ["application"]

from django.http import HttpRequest, HttpResponse  # apps must be loaded first
from django.urls import path  # as above

from arena.config import urls  # as above


def empty(request: HttpRequest) -> HttpResponse:
    """Return nothing."""
    return HttpResponse()


urls.urlpatterns.insert(0, path("empty", empty))
