"""The locked rows of a battle and their moves: what all services here share."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from arena.battles import dispatch, selectors
from arena.battles.identity_leaks import identity_leaks
from arena.battles.models import Battle, Generation
from arena.battles.states import (
    BATTLE_TRANSITIONS,
    GENERATION_TRANSITIONS,
    LIVE_GENERATIONS,
    BattleState,
    GenerationState,
)
from arena.core.state_table import transition
from arena.core.style import Style


def lock_battle(pk: int) -> Battle:
    """The battle, locked until the transaction ends."""
    return Battle.objects.select_for_update().get(pk=pk)


def lock_generations(battle: Battle) -> list[Generation]:
    """Both sides of a locked battle, a before b, with what a dispatch needs."""
    rows = Generation.objects.filter(turn__battle=battle).select_for_update(of=("self",))
    return list(rows.select_related("version__card", "turn__battle", "turn__image"))


def move(battle: Battle, to: BattleState) -> None:
    """Change and save the state of a locked battle; raises Conflict where the table forbids it."""
    transition(battle, to, allowed=BATTLE_TRANSITIONS)
    battle.save(update_fields=["state"])


def end(generation: Generation, to: GenerationState) -> None:
    """Move a locked generation to a terminal state and save all of it. On commit it is counted, and
    leaves Redis.
    """
    transition(generation, to, allowed=GENERATION_TRANSITIONS)
    generation.ended_at = timezone.now()
    generation.save()
    outcome = generation.code or to.value
    transaction.on_commit(partial(dispatch.count_end, generation.version.card.slug, outcome))
    transaction.on_commit(partial(dispatch.let_go, generation))


def enqueue(generation: Generation) -> None:
    """Open an attempt under a fresh fence and send it to the worker on commit."""
    before = _open_attempt(generation)
    transaction.on_commit(partial(dispatch.begin, generation, replaces=before))


def refuse(generation: Generation) -> None:
    """End a side as refused, in an attempt of its own: what had been shown of it is cleared."""
    generation.attempt += 1
    before = _open_attempt(generation)
    transaction.on_commit(partial(dispatch.refuse, generation, replaces=before))
    generation.code = "refused"
    end(generation, GenerationState.FAILED)


def _open_attempt(generation: Generation) -> str:
    """Give a side a fresh fence, with nothing said; return the fence of the attempt before."""
    if generation.state != GenerationState.QUEUED:
        transition(generation, GenerationState.QUEUED, allowed=GENERATION_TRANSITIONS)
    now = timezone.now()
    before, generation.fence = generation.fence, dispatch.new_fence()
    generation.queued_at = generation.queued_at or now
    generation.submitted_at = now
    generation.text = generation.code = generation.finish = ""
    generation.ended_at = None
    generation.betrays = False
    for count in Style._fields:
        setattr(generation, count, None)
    generation.save()
    return before


def settle(battle: Battle, generations: list[Generation], *, given: str = "") -> None:
    """Once no side is live any more: open the vote, or let the battle fail.

    ``given`` is what both models had in words; where a side failed nothing is judged by it.
    """
    states = {generation.state for generation in generations}
    if battle.state != BattleState.GENERATING or states & set(LIVE_GENERATIONS):
        return
    if states == {GenerationState.ENDED}:
        _flag_identity_leaks(generations, given)
        move(battle, BattleState.VOTING)
        transaction.on_commit(partial(dispatch.announce, battle.public_id, "voting_opened"))
    else:
        move(battle, BattleState.FAILED)


def _flag_identity_leaks(generations: list[Generation], given: str) -> None:
    """Mark answers that name their model; what both of them say can be told only now."""
    leaks = identity_leaks(
        [generation.text for generation in generations],
        [selectors.card_identity(generation.version) for generation in generations],
        known=given,
    )
    for generation, leak in zip(generations, leaks, strict=True):
        if leak != generation.betrays:
            generation.betrays = leak
            generation.save(update_fields=["betrays"])
