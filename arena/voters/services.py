"""Writing who is asking."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from arena.core.network import network_bucket
from arena.voters.models import Voter
from arena.voters.selectors import COOKIE, COOKIE_SECONDS, SALT, voter_of

CONSENT_VERSION = "2026-11"
"""Of the wording on the page; a new wording gets a new version and is asked anew."""


def enrol(request: HttpRequest) -> Voter:
    """The voter of this browser, made now if there is none. Its network is kept as a keyed hash."""
    return voter_of(request) or Voter.objects.create(network=network_bucket(request))


def remember(response: HttpResponse, voter: Voter) -> None:
    """Give the browser its signed identity: readable by no script, sent to no other site."""
    response.set_cookie(
        COOKIE,
        signing.dumps(str(voter.id), salt=SALT),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.VOTER_COOKIE_SECURE,
    )


def record_consent(voter: Voter, *, publish: bool) -> None:
    """Store the answer to the one question, with the wording's version and the time."""
    voter.publish = publish
    voter.consent_version = CONSENT_VERSION
    voter.consent_at = timezone.now()
    voter.save(update_fields=["publish", "consent_version", "consent_at"])


def must_ask_consent(voter: Voter | None) -> bool:
    """Whether the present wording has not been answered yet."""
    return voter is None or voter.consent_version != CONSENT_VERSION
