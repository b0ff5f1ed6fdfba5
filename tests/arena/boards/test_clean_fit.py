"""Votes that were taken out leave no trace in the ratings, and come back without one."""

from __future__ import annotations

import numpy as np
import pytest
from django.db.models import Count

from arena.battles.models import Vote
from arena.boards.services.verification import verify_ledger
from arena.ledger.models import LedgerEntry
from arena.ledger.services import tallies
from arena.ledger.services.exclusions import exclude, restore
from arena.ledger.services.folding import fold
from arena.ledger.states import EntryKind, ExclusionReason
from arena.rating.comparisons import Comparisons
from arena.rating.methods import load_method
from tests import backlog

MODELS, VOTES, OUT = 20, 10_000, 400
CLOSE = 1e-9

pytestmark = pytest.mark.slow


@pytest.fixture
def votes(transactional_db):
    """All of them in the ledger, none betrayed."""
    backlog.fill(models=MODELS, votes=VOTES, days=3, seed=7, betrayed=0.0)
    assert fold() == VOTES
    return list(Vote.objects.order_by("pk").values_list("pk", flat=True))


def ratings():
    tally = tallies.tally()
    return dict(zip(tally.slugs, fitted(tally.slugs, tally.counts), strict=True))


def fitted(slugs, counts):
    return load_method("bradley_terry").fit(counts, models=slugs, seed=0, min_votes=1).theta


def clean_ratings(without):
    """From the votes themselves: no ledger, no counts."""
    kept = Vote.objects.exclude(pk__in=without)
    rows = kept.values_list("version_a__card__slug", "version_b__card__slug", "choice")
    slugs, votes = Comparisons.named(*zip(*rows, strict=True))
    return dict(zip(slugs, fitted(slugs, votes.counts(len(slugs))), strict=True))


def distance(one, other):
    assert one.keys() == other.keys()
    return max(abs(one[slug] - other[slug]) for slug in one)


def test_ratings_equal_the_clean_fit_and_then_the_earlier_ones(votes):
    out = [int(vote) for vote in np.random.default_rng(5).choice(votes, OUT, replace=False)]
    before = ratings()
    assert exclude(votes=out, reason=ExclusionReason.INTEGRITY, by="test") == OUT
    without = ratings()
    assert distance(without, before) > CLOSE
    assert distance(without, clean_ratings(out)) <= CLOSE
    assert restore(votes=out, reason=ExclusionReason.INTEGRITY, by="test") == OUT
    assert distance(ratings(), before) <= CLOSE
    kinds = dict(LedgerEntry.objects.order_by().values_list("kind").annotate(Count("pk")))
    assert kinds == {EntryKind.VOTE: VOTES, EntryKind.EXCLUSION: OUT, EntryKind.RESTORATION: OUT}
    assert verify_ledger().findings == ()
