"""The pages for statuses that Django itself finds.

Django's own views for them look for a CSRF token in the request's body first. A body that can't be
parsed then turns "nothing is here" into a fault of the site, so these never touch the body.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page of a request that was not understood."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page of something that this account may not do."""
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page of an address at which there is nothing."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page of a fault, without the request: whatever that holds may be what broke."""
    return HttpResponse(render_to_string("500.html"), status=500)
