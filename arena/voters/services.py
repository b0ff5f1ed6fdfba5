"""Writing who is asking."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from arena.core.errors import Conflict, DomainError
from arena.core.web.network import network_bucket
from arena.voters.models import Invitation, Membership, Voter
from arena.voters.selectors import (
    COOKIE,
    COOKIE_SECONDS,
    SALT,
    age_and_terms,
    identity_of,
    invitation_of,
    mark_of,
    must_confirm,
)

CONSENT_VERSION = "2026-11"
"""The version of the wording on the page; with a new version voters are asked again."""


class MembersOnly(DomainError):
    """The refusal of strangers in a closed arena."""

    status = 403
    code = "members_only"
    message = _(
        "This arena is for invited people. If you have been invited, open the link of your"
        " invitation in this browser. If not, ask whoever runs this arena for one."
    )


def enrol(request: HttpRequest) -> Voter:
    """The voter of this browser, made now if there is none. Its network is kept as a keyed hash.

    The page gave the browser its identity, so two first sends at once make one voter. A browser
    whose sign-in has ended since the request began is nobody: the cookie that it gets from this
    voter would sign it in again. In a closed arena nobody is a stranger: raises MembersOnly.
    """
    identity, network = identity_of(request), network_bucket(request)
    voter, _ = Voter.objects.get_or_create(
        id=identity or uuid.uuid4(), defaults={"network": network}
    )
    if identity and voter.sign_in_mark != mark_of(request):
        if settings.INVITED_ONLY:
            raise MembersOnly
        return Voter.objects.create(network=network)
    return voter


def introduce(request: HttpRequest, response: HttpResponse) -> None:
    """Give a browser that has none its identity. There is no row of it before its first battle."""
    if identity_of(request) is None:
        _give(response, str(uuid.uuid4()))


def remember(response: HttpResponse, voter: Voter) -> None:
    """Give the browser the identity of its voter anew, for another year."""
    mark = voter.sign_in_mark
    _give(response, f"{voter.id}:{mark}" if mark else str(voter.id))


def end_sign_ins(*, voter: uuid.UUID) -> Voter:
    """End what every browser knows of this voter, and return the voter for one that goes on."""
    Voter.objects.filter(pk=voter).update(sign_in_mark=secrets.token_urlsafe(16))
    return Voter.objects.get(pk=voter)


def _give(response: HttpResponse, signed_words: str) -> None:
    """Set the signed cookie, which no script can read and which is sent to no other site."""
    response.set_cookie(
        COOKIE,
        signing.dumps(signed_words, salt=SALT),
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


def record_confirmation(voter: Voter) -> None:
    """Store that a visitor has confirmed age and terms, and when; only where that is asked for and
    was not stored yet."""
    if must_confirm(voter):
        voter.confirmed = age_and_terms().wording
        voter.confirmed_at = timezone.now()
        voter.save(update_fields=["confirmed", "confirmed_at"])


def note_account(*, voter: uuid.UUID, since: datetime | None) -> None:
    """Keep since when a voter has had an account, None for no more: a fact about how far a voter
    can be trusted, for whoever judges votes."""
    Voter.objects.filter(pk=voter).update(account_since=since)


def forget_browser(response: HttpResponse) -> None:
    """Let the browser be nobody's; whoever it was stays, for other browsers."""
    response.delete_cookie(COOKIE, samesite="Lax")


def must_ask_consent(voter: Voter | None) -> bool:
    """Return whether the present wording has not been answered yet."""
    return voter is None or voter.consent_version != CONSENT_VERSION


@transaction.atomic
def join(request: HttpRequest, *, token: str) -> Voter:
    """Return the visitor, who is a member by an invitation's link now. Whoever can't accept it is
    not stored. Locks what ``accept_invitation`` locks and raises what it raises."""
    voter = enrol(request)
    accept_invitation(token=token, voter=voter)
    return voter


@transaction.atomic
def accept_invitation(*, token: str, voter: Voter) -> None:
    """Make a voter a member by an invitation's link.

    Locks the invitation, so that it never has more members than it may. Raises Conflict for a link
    that is forged, used up, too old or withdrawn.
    """
    found = invitation_of(token)
    if found is not None:
        Invitation.objects.select_for_update().get(pk=found.pk)
        found = invitation_of(token)
    if found is None:
        raise Conflict(gettext("This invitation can't be accepted any more. Ask for a new one."))
    Membership.objects.update_or_create(voter=voter, defaults={"invitation": found})
