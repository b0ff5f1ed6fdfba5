"""Battles that are prepared ahead: shown to their voter, once, or discarded."""

from __future__ import annotations

from django.db import transaction

from arena.battles.models import Battle
from arena.battles.states import PREPARED_STATES, BattleState
from arena.orchestration.services.ending import end_battle
from arena.orchestration.services.rows import lock_battle

SHOWABLE = (BattleState.GENERATING, BattleState.VOTING)


@transaction.atomic
def show_prepared(*, battle: Battle) -> bool:
    """Let a prepared battle be its voter's; False where it was shown, ended or discarded before.

    Locks the battle, so that one of two requests gets it. A consent that the voter has taken back
    meanwhile holds for it.
    """
    battle = lock_battle(battle.pk)
    if not battle.prepared or battle.state not in SHOWABLE:
        return False
    battle.prepared = False
    battle.publish = battle.publish and bool(battle.voter.publish)
    battle.save(update_fields=["prepared", "publish"])
    return True


@transaction.atomic
def discard_prepared(*, battle: Battle) -> None:
    """End a prepared battle that nobody has seen; one that was shown or is over stays as it is.

    Locks the battle.
    """
    battle = lock_battle(battle.pk)
    if battle.prepared and battle.state in PREPARED_STATES:
        end_battle(battle=battle, to=BattleState.DISCARDED)
