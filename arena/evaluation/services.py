"""Making tokens, and keeping the account of what is used of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from arena.evaluation.chat_errors import ChatError
from arena.evaluation.models import EvaluatorDay, EvaluatorToken
from arena.evaluation.selectors import digest_of
from arena.spending.selectors import today

PREFIX = "va-"


@dataclass(frozen=True, slots=True)
class TokenReservation:
    """The part of a day's budget that one request holds until it has ended."""

    day: int
    tokens: int


def new_secret() -> str:
    """Return a token that nobody can guess."""
    return PREFIX + secrets.token_urlsafe(32)


def create_token(
    *, name: str, requests_a_day: int, tokens_a_day: int, expires_at: datetime | None = None
) -> str:
    """Store a new token and return its secret, which can't be had again.

    Raises IntegrityError for a name that is taken.
    """
    secret = new_secret()
    EvaluatorToken.objects.create(
        name=name,
        digest=digest_of(secret),
        requests_a_day=requests_a_day,
        tokens_a_day=tokens_a_day,
        expires_at=expires_at,
    )
    return secret


@transaction.atomic
def reserve(*, token: EvaluatorToken, tokens: int) -> TokenReservation:
    """Take a request, and the most tokens that its answer may have, of today's budget.

    Locks the token's row of the day. Raises ChatError where the budget has no room for it.
    """
    day = today()
    EvaluatorDay.objects.bulk_create([EvaluatorDay(token=token, day=day)], ignore_conflicts=True)
    row = EvaluatorDay.objects.select_for_update().get(token=token, day=day)
    if row.requests >= token.requests_a_day or row.tokens + tokens > token.tokens_a_day:
        said = "The budget of this token is used up for today; a new day begins at 0:00 UTC."
        raise ChatError(said, status=429, code="insufficient_quota")
    row.requests += 1
    row.tokens += tokens
    row.save(update_fields=["requests", "tokens"])
    return TokenReservation(row.pk, tokens)


def settle(*, reservation: TokenReservation, used: int) -> None:
    """Give back the tokens that an answer did not need."""
    unused = max(0, reservation.tokens - used)
    EvaluatorDay.objects.filter(pk=reservation.day).update(tokens=Greatest(F("tokens") - unused, 0))
