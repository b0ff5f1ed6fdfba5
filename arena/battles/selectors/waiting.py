"""The votes outside the ledger."""

from __future__ import annotations

from django.db.models import QuerySet

from arena.battles.models import UnfoldedVote

FEW = 1_000
"""So many votes are named one by one; with a backlog it is quicker to join all."""


def waiting_votes(*, after: int = 0) -> QuerySet[UnfoldedVote]:
    """Return the votes outside the ledger behind vote number ``after``, the oldest first.

    A database joins by what its statistics say that waits. For a minute after a long backlog they
    still say a million, and it would walk through all votes and battles to find the one. Named by
    their keys, a few are looked up, whatever the statistics say.
    """
    rows = UnfoldedVote.objects.order_by("vote")
    behind = rows.filter(vote__gt=after)
    keys = list(behind.values_list("vote", flat=True)[: FEW + 1])
    return rows.filter(vote__in=keys) if len(keys) <= FEW else behind
