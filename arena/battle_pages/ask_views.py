"""The edges of questions to models that are chosen by name; ``views.start`` takes them."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from arena.battle_pages import selectors as pages
from arena.battle_pages.views import blind_page, compose, own_battle
from arena.battles.selectors import reading
from arena.core.errors import NotFound
from arena.gates.views import for_readers


@require_safe
@for_readers
@never_cache
@ensure_csrf_cookie
def ask(request: HttpRequest) -> HttpResponse:
    """The page for a question to one model or two, which ``?model=`` may choose already."""
    return _page(request, request.GET.getlist("model"))


@require_safe
@for_readers
@never_cache
@ensure_csrf_cookie
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page that a battle started from, with its picture, and with its models if they were
    chosen by name."""
    chosen = reading.asked_slugs(own_battle(request, public_id))
    return _page(request, chosen, public_id) if chosen else blind_page(request, public_id)


def _page(request: HttpRequest, chosen: Sequence[str], public_id: str = "") -> HttpResponse:
    if not settings.NAMED_QUESTIONS:
        raise NotFound
    return compose(request, "battle_pages/ask.html", pages.choice_of_models(chosen), public_id)
