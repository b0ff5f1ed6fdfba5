"""The edges of signing in as a voter by the provider that the settings name.

What was asked of the provider stands in a signed cookie of ten minutes: voters have no session.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from arena.accounts import services
from arena.accounts.forms import SignInForm
from arena.accounts.selectors import account_at_provider
from arena.accounts.views import leaves_votes, sign_in_page, signed_in, where_offered
from arena.core.errors import NotFound
from arena.gates.views import for_readers
from arena.operations import oidc
from arena.voters.selectors import identity_of, is_member
from arena.voters.services import MembersOnly, enrol

COOKIE, SALT, SECONDS = "voter_provider", "arena.accounts.provider", 600


@require_safe
@where_offered
@for_readers
@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the provider; with ``?leave=1`` the votes of this browser may be left."""
    _check_on()
    url, asked = oidc.question(_callback(request))
    kept = json.dumps({**asked, "leave": "leave" in request.GET})
    response = HttpResponseRedirect(url)
    response.set_signed_cookie(
        COOKIE,
        kept,
        salt=SALT,
        max_age=SECONDS,
        path=reverse("accounts:sign_in"),
        secure=settings.VOTER_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
@where_offered
@for_readers
@never_cache
def finish(request: HttpRequest) -> HttpResponse:
    """Make this browser the one of whoever comes back from the provider. Raises SignInRefused for
    an answer that this browser has not asked for, and MembersOnly for a stranger of a closed
    arena."""
    _check_on()
    kept = request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=SECONDS)
    asked: dict[str, Any] = json.loads(kept or "{}")
    claims = oidc.claims_of(request.GET, asked, _callback(request))
    issuer, subject = settings.OIDC_ISSUER, str(claims["sub"])[:255]
    found = account_at_provider(issuer, subject)
    if found and leaves_votes(request, found) and not asked.get("leave"):
        return sign_in_page(request, SignInForm(), must_leave=True, status=400)
    if found is None and settings.INVITED_ONLY and not is_member(identity_of(request)):
        raise MembersOnly
    if found is None:
        name = str(claims.get("preferred_username") or claims.get("email") or subject)
        found = services.sign_in_by_provider(
            issuer=issuer, subject=subject, name=name, voter=enrol(request)
        )
    response = signed_in(request, found.voter)
    response.delete_cookie(COOKIE, path=reverse("accounts:sign_in"))
    return response


def _callback(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("accounts:finish_provider"))


def _check_on() -> None:
    if not services.is_by_provider_on():
        raise NotFound
