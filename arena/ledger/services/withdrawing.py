"""A voter's own exclusion: a vote that was cast by mistake is taken back, or counts after all."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from arena.battles.selectors import reading
from arena.core.locks import exclusive
from arena.ledger.selectors.events import last_events
from arena.ledger.selectors.head import LOCK
from arena.ledger.services.exclusions import exclude, restore
from arena.ledger.states import ExclusionReason


@transaction.atomic
def withdraw_vote(*, voter: UUID | None, public_id: str) -> bool:
    """Take the voter's own vote out of the counts; return False where it did not count already.

    One that waits for a decision about a model is taken back, too: it must not count later.

    Waits for the ledger's lock. Raises NotFound for a battle that is absent, somebody else's or
    without a vote. The vote and its entry stay: the ledger gets an exclusion.
    """
    vote = reading.own_vote(voter, public_id)
    restore(votes=[vote.pk], reason=ExclusionReason.PROVISIONAL)
    return bool(exclude(votes=[vote.pk], reason=ExclusionReason.WITHDRAWN))


def reinstate_vote(*, voter: UUID | None, public_id: str) -> bool:
    """Let a vote count again that its voter took back; return False where it was not taken back.

    Whether it waits instead is decided above, by who knows why votes wait. Waits for the ledger's
    lock. Raises NotFound as ``withdraw_vote`` does. An exclusion for any other reason stays, and
    that of an operator comes into force who excluded the vote by hand meanwhile.
    """
    vote = reading.own_vote(voter, public_id)
    with exclusive(LOCK):
        last = last_events([vote.pk]).get(vote.pk)
        restore(votes=[vote.pk], reason=ExclusionReason.WITHDRAWN)
        return last is not None and not last.counts and last.reason == ExclusionReason.WITHDRAWN
