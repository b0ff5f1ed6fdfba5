"""The pages for statuses that Django itself finds.

Django's own views for them look for a CSRF token in the request's body first. A body that can't be
parsed then turns "nothing is here" into a fault of the site, so these never touch the body.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from arena.core.errors import DomainError
from arena.core.web.problems import MEDIA_TYPE, is_for_programs, problem, problem_body


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page of a request that was not understood."""
    if is_for_programs(request.path):
        return HttpResponse(problem_body(DomainError), content_type=MEDIA_TYPE, status=400)
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page of something that this account may not do."""
    return render(request, "403.html", status=403)


def page_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return what a form is answered with whose token has gone, in the form that was asked for."""
    if request.accepts("text/html"):
        return render(request, "403_csrf.html", status=403)
    gone = problem(403, "page_too_old", str(PAGE_TOO_OLD))
    return JsonResponse(gone, content_type=MEDIA_TYPE, status=403)


PAGE_TOO_OLD = _(
    "The arena can't tell any more that this page is yours: it was open for too long, or its"
    " cookies were deleted. Nothing was stored. Please reload the page, or start a new battle."
)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page of an address at which there is nothing."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page of a fault, without the request: whatever that holds may be what broke."""
    if is_for_programs(request.path):
        fault = problem(500, "fault", str(_("Something went wrong here. Nothing was lost.")))
        return JsonResponse(fault, content_type=MEDIA_TYPE, status=500)
    return HttpResponse(render_to_string("500.html"), status=500)
