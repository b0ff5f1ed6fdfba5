"""Boards, their matrices and history, a model's page: readable by anyone, live with scripts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from arena.boards.selectors import OVERALL, filter_of
from arena.gates.views import for_readers
from arena.leaderboard.selectors.benchmarks import score_page
from arena.leaderboard.selectors.card_changes import card_changes
from arena.leaderboard.selectors.correctness import correctness_page
from arena.leaderboard.selectors.method import method_page
from arena.leaderboard.selectors.models import model_page
from arena.leaderboard.selectors.page import BoardPage, board_of, board_page
from arena.leaderboard.selectors.size_and_cost import size_and_cost_page
from arena.leaderboard.selectors.standings import as_csv, standings
from arena.leaderboard.selectors.tabs import history_page, matrix_page
from arena.leaderboard.selectors.view import BoardView
from arena.ledger.services.tallies import tally
from arena.ledger.states import RatedUnit

KEPT_SECONDS = 30
"""A process keeps a rendered table for this time; its key changes with everything it shows."""


@require_safe
@for_readers
def board(request: HttpRequest, slug: str = OVERALL) -> HttpResponse:
    """Show a board, or with ``?fragment=table`` only what changes on it."""
    page = board_page(slug, request.GET, timezone.now())
    if request.GET.get("fragment") == "table":
        return _conditional(request, page.facts, lambda: HttpResponse(_table(request, page)))
    token = request.META.get("CSRF_COOKIE", "")
    response = _conditional(request, (*page.facts, token), lambda: _whole(request, page))
    # The first rendering sets the token of the form that every page has.
    if response.status_code == 200 and token != request.META.get("CSRF_COOKIE", ""):
        response["ETag"] = _etag((*page.facts, request.META["CSRF_COOKIE"]))
    return response


@require_safe
@for_readers
def board_csv(request: HttpRequest, slug: str = OVERALL) -> HttpResponse:
    """Send the rows of the page, under the same filters and in the same order."""
    lines = standings(board_of(slug).slug).lines
    text = as_csv(BoardView.of(request.GET).pick(lines))
    name = "leaderboard" if slug == OVERALL else f"leaderboard-{slug}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@for_readers
def matrices(request: HttpRequest, slug: str) -> HttpResponse:
    """Show which models met, and how it went."""
    found = board_of(slug)
    counts = tally(filter_of(found, timezone.now().date()), RatedUnit(found.rates))
    page = matrix_page(found, request.GET, counts)
    return render(request, "leaderboard/matrices.html", {"page": page})


@require_safe
@for_readers
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """Show ratings over the snapshots."""
    return render(request, "leaderboard/history.html", {"page": history_page(slug)})


@require_safe
@for_readers
def size_and_cost(request: HttpRequest, slug: str) -> HttpResponse:
    """Show ratings beside parameters, prices and measured accuracy."""
    page = size_and_cost_page(slug)
    return render(request, "leaderboard/size_and_cost.html", {"page": page})


@require_safe
@for_readers
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """Show record, standing on each board, description and limits of one model."""
    return render(request, "leaderboard/model.html", {"page": model_page(slug)})


@require_safe
@for_readers
def changes(request: HttpRequest) -> HttpResponse:
    """Show what became of each model, when and why."""
    page = card_changes(request.GET.get("model", ""), request.GET.get("before", ""))
    return render(request, "leaderboard/changes.html", {"page": page})


@require_safe
@for_readers
def correctness(request: HttpRequest) -> HttpResponse:
    """Show how often voters judged the answers of each model to be right."""
    return render(request, "leaderboard/correctness.html", {"page": correctness_page()})


@require_safe
@for_readers
def benchmarks(request: HttpRequest) -> HttpResponse:
    """Show the scores of outside evaluators beside the votes."""
    page = score_page(request.GET.dict(), request.GET.getlist("column"))
    return render(request, "leaderboard/benchmarks.html", {"page": page})


@require_safe
@for_readers
def methodology(request: HttpRequest) -> HttpResponse:
    """Show how a vote becomes a rating, in a visitor's words."""
    return render(request, "leaderboard/methodology.html", {"page": method_page()})


def _whole(request: HttpRequest, page: BoardPage) -> HttpResponse:
    context = {"page": page, "table": _table(request, page)}
    return render(request, "leaderboard/board.html", context)


def _table(request: HttpRequest, page: BoardPage) -> str:
    """Made once for all who look at the whole board between two votes; a search is made anew."""

    def make() -> str:
        return render_to_string("leaderboard/_standings.html", {"page": page}, request)

    if page.view.query:
        return make()
    key = _etag((*page.facts, request.path))
    return cast("str", cache.get_or_set(key, make, KEPT_SECONDS))


def _conditional(
    request: HttpRequest, facts: tuple[Any, ...], make: Callable[[], HttpResponse]
) -> HttpResponse:
    """304 where the visitor has these bytes already."""
    etag = _etag(facts)
    response = get_conditional_response(request, etag=etag) or make()
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _etag(facts: tuple[Any, ...]) -> str:
    return quote_etag(hashlib.sha256(repr((*facts, get_language())).encode()).hexdigest())
