"""Reading who is asking."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db.models import F, Q
from django.db.models.aggregates import Count
from django.http import HttpRequest
from django.utils import timezone

from arena.voters.models import Invitation, Membership, Voter

COOKIE = "voter"
SALT = "arena.voters"
COOKIE_SECONDS = 365 * 24 * 3600
INVITATION_SALT = "arena.voters.invitation"


def voter_of(request: HttpRequest) -> Voter | None:
    """The voter of this browser, if it has done anything yet."""
    identity, mark = read_cookie(request.COOKIES.get(COOKIE, ""))
    voter = Voter.objects.filter(id=identity).first() if identity else None
    return voter if voter and voter.sign_in_mark == mark else None


def identity_of(request: HttpRequest) -> uuid.UUID | None:
    """Whom this browser's cookie names: enough to ask for what is the voter's own. Asked of the
    database once a request."""
    kept: dict[str, uuid.UUID | None] = request.__dict__.setdefault("_voter_identity", {})
    cookie = request.COOKIES.get(COOKIE, "")
    if cookie not in kept:
        kept[cookie] = identity_from(cookie)
    return kept[cookie]


def mark_of(request: HttpRequest) -> str:
    """Return the mark of this browser's sign-in as its cookie has it. Whoever hands on the identity
    later hands this on, too: it may have ended since ``identity_of`` asked."""
    return read_cookie(request.COOKIES.get(COOKIE, ""))[1]


def identity_from(cookie: str) -> uuid.UUID | None:
    """Return whom a signed cookie names, whether or not there is a row of it yet.

    None for a forged, old or empty one, and for one from before a new password.
    """
    identity, mark = read_cookie(cookie)
    return identity if identity and is_signed_in(identity, mark) else None


def is_signed_in(identity: uuid.UUID, mark: str) -> bool:
    """Return whether no new password has ended the sign-in of this mark."""
    marks = Voter.objects.filter(id=identity).values_list("sign_in_mark", flat=True)
    return (marks.first() or "") == mark


def read_cookie(cookie: str) -> tuple[uuid.UUID | None, str]:
    """Return whom a signed cookie names and the mark of its sign-in, as it was given: whether that
    has ended since, the database knows. None for a forged, old or empty one."""
    try:
        identity, _, mark = signing.loads(cookie, salt=SALT, max_age=COOKIE_SECONDS).partition(":")
        return uuid.UUID(identity), mark
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None, ""


@dataclass(frozen=True, slots=True)
class AgeAndTerms:
    """The age, and the terms at an address, that a visitor confirms before the first battle."""

    age: int
    terms: str
    version: str

    @property
    def wording(self) -> str:
        """Return what a voter's row keeps of it; empty where nothing has to be confirmed."""
        parts = [f"age {self.age}" if self.age else "", f"terms {self.version}" * bool(self.terms)]
        return ", ".join(filter(None, parts))

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the boxes that have to be ticked."""
        return ("of_age",) * bool(self.age) + ("terms",) * bool(self.terms)


def age_and_terms() -> AgeAndTerms:
    """Return what has to be confirmed at present."""
    version = settings.TERMS_VERSION
    return AgeAndTerms(settings.MINIMUM_AGE, settings.TERMS_URL if version else "", version)


def must_confirm(voter: Voter | None) -> bool:
    """Return whether a visitor has not confirmed yet what has to be confirmed at present."""
    wanted = age_and_terms().wording
    return bool(wanted) and (voter is None or voter.confirmed != wanted)


def asked_of(request: HttpRequest) -> AgeAndTerms | None:
    """Return what a visitor is asked to confirm; None where nothing is."""
    wanted = age_and_terms()
    return wanted if wanted.wording and must_confirm(voter_of(request)) else None


def is_member(identity: uuid.UUID | None) -> bool:
    """Return whether this browser has accepted an invitation that was not withdrawn since."""
    if identity is None:
        return False
    return Membership.objects.filter(voter=identity, invitation__is_withdrawn=False).exists()


def token_of(invitation: Invitation) -> str:
    """Return the secret part of an invitation's link."""
    return signing.dumps(invitation.pk, salt=INVITATION_SALT)


def invitation_of(token: str) -> Invitation | None:
    """Return the invitation of a link, if it can still be accepted; None also for a forged one."""
    try:
        key = signing.loads(token, salt=INVITATION_SALT)
    except signing.BadSignature:
        return None
    room = Q(most_members=None) | Q(members__lt=F("most_members"))
    time = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    open_ones = Invitation.objects.annotate(members=Count("memberships"))
    return open_ones.filter(room, time, pk=key, is_withdrawn=False).first()


def unlisted_count(invitation: Invitation) -> int:
    """Return to how many unlisted models this invitation leads."""
    # Which these are belongs to the gates, above this app: named here by its relation alone.
    return invitation.models.filter(card__unlisted=True).count()
