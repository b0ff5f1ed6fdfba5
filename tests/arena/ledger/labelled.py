"""Votes under labels and on days of a test's choice."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from arena.battles.models import Vote
from arena.labels.models import BattleLabels
from arena.labels.services import label_set
from tests.factories import make_vote


def vote_under(first, second, choice="a", *, days_ago=0, times=1, voter=None, **labels):
    """Votes outside the ledger; ``labels`` are language, category and preset."""
    votes = []
    for _ in range(times):
        vote = make_vote(first, second, choice, **({"voter": voter} if voter else {}))
        given = {"labels": label_set(**labels)}
        BattleLabels.objects.update_or_create(battle=vote.battle, defaults=given)
        at = timezone.now() - timedelta(days=days_ago)
        Vote.objects.filter(pk=vote.pk).update(created_at=at)
        votes.append(vote)
    return votes
