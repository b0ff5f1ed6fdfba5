"""The vote: one per battle, never changed."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from arena.battles import dispatch, selectors
from arena.battles.models import Battle, Vote
from arena.battles.states import BattleState, Choice
from arena.core.errors import Conflict, DomainError


class NotVotable(Conflict):
    """The vote is not open: an answer is missing, or the battle is over."""

    code = "not_votable"
    message = _("The vote opens when both answers are complete. Nothing was stored yet.")


class UnknownChoice(DomainError):
    """Not one of the four choices."""

    code = "unknown_choice"
    message = _("That is not one of the four choices. Nothing was stored.")


@transaction.atomic
def cast_vote(*, battle: Battle, choice: str) -> Vote:
    """Store the vote, or return the stored one whatever is asked for now.

    Locks the battle. Raises UnknownChoice, and NotVotable unless both answers ended well. On
    commit the leaderboard is rung and the battle's other open pages are told, best effort: the
    vote depends on no queue.
    """
    if choice not in Choice.values:
        raise UnknownChoice
    if not _close(battle):
        return _stored(battle)
    vote = Vote.objects.create(
        battle=battle, voter_id=battle.voter_id, choice=choice, **selectors.compared(battle)
    )
    transaction.on_commit(partial(dispatch.ring, battle.public_id))
    return vote


def _close(battle: Battle) -> bool:
    """Lock the battle and move it, in one question instead of three; False if it wasn't open."""
    rows = Battle.objects.filter(pk=battle.pk, state=BattleState.VOTING)
    return rows.update(state=BattleState.VOTED) == 1


def _stored(battle: Battle) -> Vote:
    """The first vote: whoever closed the battle before us has committed it."""
    stored = selectors.stored_vote(battle)
    if stored is None:
        raise NotVotable
    return stored
