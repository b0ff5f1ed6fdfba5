"""Freeze the board against which later votes are held."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from django.conf import settings
from django.utils import timezone

from arena.integrity.models import Case, ReferenceBoard
from arena.integrity.selectors.votes import newest_reference, newest_vote
from arena.integrity.states import CaseStatus
from arena.ledger.selectors.tallies import VoteTally
from arena.ledger.services.tallies import tally
from arena.rating.fit import RATED
from arena.rating.methods.bradley_terry import fit

FEWEST_VOTES = 100
"""Votes below which a board says too little for others to be held against it."""
FEWEST_OF_MODEL = 10


def reference_in_force() -> ReferenceBoard | None:
    """Return the reference board, a new one where the last one is due to be replaced.

    None while there are too few votes. A board is replaced when it is ``INTEGRITY_DAYS`` old, when
    the votes have doubled, or when a model has come that it does not know; but never while a case
    is open: what is under review must not become the measure.
    """
    newest = newest_reference()
    under_review = Case.objects.filter(status=CaseStatus.OPEN, card__isnull=False).exists()
    if newest is not None and under_review:
        return newest
    # Before the tally, so that no vote is in neither: one in both counts as new.
    after = newest_vote()
    found = tally()
    if newest is not None and not is_due(newest, found):
        return newest
    return freeze_board(found, after) or newest


def is_due(board: ReferenceBoard, found: VoteTally) -> bool:
    """Return whether a reference board is too old or says too little about these votes."""
    age = timezone.now() - board.created_at
    total = int(found.counts.total)
    grown = zip(found.slugs, found.counts.votes.tolist(), strict=True)
    known = {slug for slug, votes in grown if votes >= 2 * FEWEST_OF_MODEL}
    return total > board.votes and (
        age >= timedelta(days=settings.INTEGRITY_DAYS)
        or total >= 2 * board.votes
        or bool(known - set(board.slugs))
    )


def freeze_board(found: VoteTally, after: int) -> ReferenceBoard | None:
    """Store the strengths of all models that the votes connect; None of too few votes."""
    if found.counts.total < FEWEST_VOTES:
        return None
    fitted = fit(found.counts, models=found.slugs, min_votes=FEWEST_OF_MODEL)
    rated = {row.model for row in fitted.rows if row.state == RATED}
    kept = [place for place, name in enumerate(fitted.models) if name in rated]
    if len(kept) < 2:
        return None
    return ReferenceBoard.objects.create(
        ledger_number=found.head.number,
        after_vote=after,
        votes=int(found.counts.total),
        slugs=[fitted.models[place] for place in kept],
        strengths=np.round(fitted.theta[kept], 6).tolist(),
        covariance=np.round(fitted.covariance[np.ix_(kept, kept)], 8).tolist(),
    )
