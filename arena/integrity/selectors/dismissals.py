"""Decisions that a search must know: votes of a dismissed case are not looked at again for the same
reason."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from arena.integrity.models import Case, CaseDecision
from arena.integrity.selectors.votes import RecentVotes
from arena.integrity.states import CaseKind, CaseStatus
from arena.integrity.statistics.betting import Integers


@dataclass(frozen=True, slots=True)
class DismissedCases:
    """The last vote that was looked at, by kind and then by voter, or by slug and direction."""

    by_voter: dict[CaseKind, dict[UUID, int]]
    by_model: dict[CaseKind, dict[tuple[str, int], int]]

    def left(self, kind: CaseKind, votes: RecentVotes) -> NDArray[np.bool_]:
        """Return which votes are still to be looked at for a kind of case about voters."""
        kept = np.ones(len(votes.keys), dtype=bool)
        number = {voter: index for index, voter in enumerate(votes.voters)}
        for voter, last in self.by_voter[kind].items():
            if voter in number:
                kept &= (votes.voter != number[voter]) | (votes.keys > last)
        return kept

    def beginnings(
        self, kind: CaseKind, keys: Integers, names: tuple[str, ...]
    ) -> dict[tuple[int, int], int]:
        """Return the first row to look at by model and direction, for a kind about models."""
        return {
            (names.index(slug), direction): int(np.searchsorted(keys, last, side="right"))
            for (slug, direction), last in self.by_model[kind].items()
            if slug in names
        }


def newest_decision() -> int:
    """Return the key of the newest decision on a case, 0 without one."""
    return CaseDecision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def dismissed_cases(after: int) -> DismissedCases:
    """Return the dismissed cases that looked at votes behind this one."""
    rows = Case.objects.filter(status=CaseStatus.DISMISSED, last_vote__gt=after).order_by(
        "last_vote"
    )
    by_voter: dict[CaseKind, dict[UUID, int]] = defaultdict(dict)
    by_model: dict[CaseKind, dict[tuple[str, int], int]] = defaultdict(dict)
    columns = ("kind", "voter_id", "card__slug", "direction", "last_vote")
    for kind, voter, slug, direction, last in rows.values_list(*columns):
        if voter is not None:
            by_voter[CaseKind(kind)][voter] = last
        elif slug is not None:
            by_model[CaseKind(kind)][slug, direction] = last
    return DismissedCases(by_voter, by_model)
