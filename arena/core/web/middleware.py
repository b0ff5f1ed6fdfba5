"""The one place where a domain error becomes an HTTP answer."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from arena.core.errors import DomainError, NotFound, Unavailable
from arena.core.web.problems import MEDIA_TYPE, is_for_programs, problem_body

log = logging.getLogger(__name__)


class DomainErrorMiddleware:
    """JSON for a script that asks for it, else a page; status and code come from the error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError):  # away, locked for too long, or its disk is full
            log.error("the database could not do it", exc_info=error)
            error = Unavailable()
        if not isinstance(error, DomainError):
            # Some faults are the request's: a row that is not there, a value that no column holds.
            if isinstance(error, ObjectDoesNotExist):
                return answer(request, NotFound())
            if isinstance(error, (DataError, OverflowError, UnicodeError)):
                log.warning("a request has a value that can't be used: %s", type(error).__name__)
                return answer(request, DomainError())
            return None
        return answer(request, error)


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page, or for a script the JSON, that says what the error says."""
    response: HttpResponse
    if is_for_programs(request.path):
        response = HttpResponse(problem_body(error), content_type=MEDIA_TYPE, status=error.status)
    elif request.accepts("text/html"):
        response = render(request, "error.html", {"error": error}, status=error.status)
    else:
        body = {"error": {"code": error.code, "message": str(error.message)}}
        response = JsonResponse(body, status=error.status)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response
