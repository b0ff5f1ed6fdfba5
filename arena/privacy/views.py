"""The page that says what is stored about people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.gates.views import for_readers
from arena.privacy import selectors


@require_safe
@for_readers
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is stored, why, how long, where, and how it is erased; and who runs the arena."""
    context = {"stored": selectors.stored_data(), "operator": selectors.operator_facts()}
    return render(request, "privacy/page.html", context)
