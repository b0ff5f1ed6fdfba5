"""The board, a model's page, and the board as CSV: readable by anyone, live where scripts run."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from arena.leaderboard import selectors
from arena.leaderboard.selectors import Standings


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The page, or with ``?fragment=table`` only what changes on it."""
    fragment = request.GET.get("fragment") == "table"
    standings = selectors.standings()
    etag = _etag(request, standings, fragment=fragment)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        template = "leaderboard/_table.html" if fragment else "leaderboard/board.html"
        response = render(request, template, _context(standings))
        response["ETag"] = _etag(request, standings, fragment=fragment)
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
def board_csv(request: HttpRequest) -> HttpResponse:
    """The rows of the page."""
    text = selectors.as_csv(selectors.standings().lines)
    headers = {"Content-Disposition": 'attachment; filename="leaderboard.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """Record, description and limits of one model."""
    page = selectors.model_page(slug)
    plot = selectors.history_plot(page.history)
    return render(request, "leaderboard/model.html", {"page": page, "plot": plot})


def _etag(request: HttpRequest, standings: Standings, *, fragment: bool) -> str:
    """Of the standings and of what else the bytes depend on: language, and the form's token, which
    a first rendering sets."""
    token = "" if fragment else request.META.get("CSRF_COOKIE", "")
    facts = [standings.etag, get_language(), fragment, token]
    return quote_etag(hashlib.sha256(repr(facts).encode()).hexdigest())


def _context(standings: Standings) -> dict[str, Any]:
    axis, rows = selectors.interval_plot(standings.lines)
    return {"standings": standings, "snapshot": standings.snapshot, "axis": axis, "rows": rows}
