"""The one place where a domain error becomes an HTTP answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from arena.core.errors import DomainError


class DomainErrorMiddleware:
    """JSON for a script that asks for it, else a page; status and code come from the error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        return answer(request, error)


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page, or for a script the JSON, that says what the error says."""
    response = _rendered(request, error)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


def _rendered(request: HttpRequest, error: DomainError) -> HttpResponse:
    if request.accepts("text/html"):
        return render(request, "error.html", {"error": error}, status=error.status)
    body = {"error": {"code": error.code, "message": str(error.message)}}
    return JsonResponse(body, status=error.status)
