"""Simulated votes as rows: identities, battles and votes that the ledger has taken."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from arena.battles.models import Battle, UnfoldedVote, Vote
from arena.battles.states import BattleState, Choice
from arena.catalog.models import ModelVersion
from arena.ledger.services.folding import fold
from arena.voters.models import Voter
from tests.factories import CONDITIONS, make_models
from tests.rigged_votes import SimulatedVotes


def models_of(count: int) -> list[ModelVersion]:
    """Models whose slugs stand in the order of their numbers."""
    return make_models(*(f"model-{number:02}" for number in range(count)))


def store(votes: SimulatedVotes, versions: list[ModelVersion]) -> list[int]:
    """Store the votes in their order and fold them; return their keys."""
    who = {number: Voter() for number in dict.fromkeys(votes.voter.tolist())}
    Voter.objects.bulk_create(who.values())
    battles = Battle.objects.bulk_create(
        Battle(
            voter=who[number],
            state=BattleState.VOTED,
            draw_policy="uniform",
            draw_probability=1.0,
            conditions=CONDITIONS,
        )
        for number in votes.voter.tolist()
    )
    rows = zip(battles, votes.a.tolist(), votes.b.tolist(), votes.points.tolist(), strict=True)
    stored = Vote.objects.bulk_create(
        Vote(
            battle=battle,
            voter_id=battle.voter_id,
            choice=Choice.A if points == 1.0 else Choice.B,
            version_a=versions[a],
            version_b=versions[b],
        )
        for battle, a, b, points in rows
    )
    UnfoldedVote.objects.bulk_create(UnfoldedVote(vote=vote) for vote in stored)
    fold()
    return [vote.pk for vote in stored]


def made_earlier(days: int) -> None:
    """Let every identity be so many days old."""
    Voter.objects.update(created_at=timezone.now() - timedelta(days=days))
