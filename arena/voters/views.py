"""The page of an invitation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from arena.voters import selectors, services


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation, and accept it (POST): a program that only looks at a link, as those for
    previews do, accepts nothing."""
    if request.method == "POST":
        voter = services.join(request, token=token)
        response = redirect("/")
        services.remember(response, voter)
        return response
    found = selectors.invitation_of(token)
    models = selectors.unlisted_count(found) if found else 0
    context = {"is_open": found is not None, "token": token, "models": models}
    return render(request, "voters/join.html", context, status=200 if found else 410)
