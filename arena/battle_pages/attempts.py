"""Requests for a battle, as the gates see them."""

from __future__ import annotations

from django.http import HttpRequest

from arena.core.web.network import network_bucket, wide_network_bucket
from arena.gates.attempts import BattleAttempt
from arena.voters.models import Voter
from arena.voters.selectors import age_and_terms, identity_of, must_confirm


def attempt_of(request: HttpRequest, known: Voter | None) -> BattleAttempt:
    """Return who asks and from where, for the gates."""
    ticked = all(request.POST.get(name) for name in age_and_terms().fields)
    return BattleAttempt(
        voter=str(identity_of(request) or ""),
        known_since=known.created_at if known else None,
        account_since=known.account_since if known else None,
        confirmed=ticked or not must_confirm(known),
        network=network_bucket(request),
        wide_network=wide_network_bucket(request),
        proof=request.POST.get("proof", ""),
    )
