"""The description of the API: OpenAPI document, codes of refusals, and the page to browse it."""

from __future__ import annotations

from functools import partial

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_safe

from arena.api.answers import Content, respond
from arena.api.views.base import (
    TABLES,
    for_reading,
    not_found,
    not_understood,
    reading,
    schema,
)
from arena.core.errors import Unavailable
from arena.resources.schemas import ProblemCode, ProblemList

CODES = (
    ("bad_request", 400, "The request can't be understood at all, such as a query not in UTF-8."),
    ("not_found", 404, "There is nothing at this address, or nothing of this name."),
    ("read_only", 405, "The method would write; this API is for reading."),
    (
        "invalid",
        422,
        "A parameter that isn't there, or a value that it can't have; the detail names it.",
    ),
    ("too_many", 429, "The network has read more than it may; Retry-After says when to go on."),
    ("fault", 500, "Something broke here. It is logged."),
    (Unavailable.code, 503, "A part of the arena can't be reached; Retry-After says when to ask."),
)


@partial(for_reading, name="openapi")
def openapi(request: HttpRequest) -> HttpResponse:
    """Return the description of this API."""
    return respond(request, lambda: Content(schema()))


@require_safe
@csp_update({"img-src": ["data:"]})
def documentation(request: HttpRequest) -> HttpResponse:
    """Show every endpoint in a browser; all that the page loads is ours."""
    return render(request, "api/documentation.html")


@reading("/problems", ProblemList, "The codes of refusals")
def problems(request: HttpRequest) -> HttpResponse:
    """Return the codes that a problem document can have; its `type` leads here."""
    listed = [ProblemCode(code=code, status=status, meaning=word) for code, status, word in CODES]
    return respond(request, lambda: Content(ProblemList(problems=listed)))


@for_reading
def suffixed(request: HttpRequest, rest: str, suffix: str) -> HttpResponse:
    """Answer in the form that the address names; a table in any, all else in JSON alone."""
    try:
        found = resolve(f"{reverse('api:api-root')}{rest}")
    except Resolver404:
        return not_found(request)
    if "api" not in found.namespaces or (suffix != "json" and not _is_table(found.route)):
        return not_found(request)
    query: QueryDict = request.GET.copy()
    if query.setdefault("format", suffix) != suffix:
        return not_understood(["format"])
    request.GET = query  # type: ignore[assignment]  # a QueryDict, as Django's own is
    response: HttpResponse = found.func(request, *found.args, **found.kwargs)
    return response


def _is_table(route: str) -> bool:
    own = route.removeprefix(reverse("api:api-root").lstrip("/"))
    return "/" + own.replace("<", "{").replace(">", "}") in TABLES
