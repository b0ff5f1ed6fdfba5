"""Writing who is asking."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from arena.core.network import network_bucket
from arena.voters.models import Voter
from arena.voters.selectors import COOKIE, COOKIE_SECONDS, SALT, identity_of

CONSENT_VERSION = "2026-11"
"""Of the wording on the page; a new wording gets a new version and is asked anew."""


def enrol(request: HttpRequest) -> Voter:
    """The voter of this browser, made now if there is none. Its network is kept as a keyed hash.

    The page gave the browser its identity, so two first sends at once make one voter.
    """
    voter, _ = Voter.objects.get_or_create(
        id=identity_of(request) or uuid.uuid4(),
        defaults={"network": network_bucket(request)},
    )
    return voter


def introduce(request: HttpRequest, response: HttpResponse) -> None:
    """Give a browser that has none its identity. There is no row of it before its first battle."""
    if identity_of(request) is None:
        _give(response, uuid.uuid4())


def remember(response: HttpResponse, voter: Voter) -> None:
    """Give the browser the identity of its voter anew, for another year."""
    _give(response, voter.id)


def _give(response: HttpResponse, identity: uuid.UUID) -> None:
    """Signed; readable by no script, sent to no other site."""
    response.set_cookie(
        COOKIE,
        signing.dumps(str(identity), salt=SALT),
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
