"""Votes that an operator has let count, which the arena takes out by no decision of its own."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Max, Q

from arena.integrity.models import CaseVote
from arena.integrity.states import EXCLUDING
from arena.ledger.selectors.events import restored_by_hand


def let_count(votes: Sequence[int]) -> set[int]:
    """Return those of these votes that an operator has restored, unless one has excluded a case
    about them since. What the arena excludes by itself does not end it."""
    restored = restored_by_hand(votes)
    by_operators = Q(case__decisions__action__in=EXCLUDING) & ~Q(case__decisions__by="")
    rows = CaseVote.objects.filter(vote__in=list(restored), excluded=True).order_by()
    decided = rows.values("vote").annotate(
        at=Max("case__decisions__created_at", filter=by_operators)
    )
    ended = {vote for vote, at in decided.values_list("vote", "at") if at and at > restored[vote]}
    return restored.keys() - ended


def left_to_take_out(votes: Sequence[int]) -> list[int]:
    """Return the votes that the arena may take out by itself, in their order."""
    kept = let_count(votes)
    return [vote for vote in votes if vote not in kept]
