"""The locked rows of a battle and their moves: what all services here share."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from arena.battles.models import Battle, Generation
from arena.battles.selectors import reading
from arena.battles.states import (
    BATTLE_TRANSITIONS,
    GENERATION_TRANSITIONS,
    LIVE_GENERATIONS,
    BattleMode,
    BattleState,
    GenerationState,
    Pacing,
)
from arena.battles.style import AnswerStyle
from arena.core.folding import same_words
from arena.core.state_table import transition
from arena.identity.leaks import identity_leaks
from arena.orchestration import dispatch
from arena.orchestration.services.affording import reserve_attempt
from inference_worker.wire.events import Kind


def lock_battle(pk: int) -> Battle:
    """The battle, locked until the transaction ends."""
    return Battle.objects.select_for_update().get(pk=pk)


def lock_generations(battle: Battle) -> list[Generation]:
    """Return both sides of the newest turn of a locked battle, a before b, with what a dispatch
    needs. Those of earlier turns ended well and never change again."""
    rows = reading.newest_generations(battle).select_for_update(of=("self",))
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
    outcome = to.value if to == GenerationState.STOPPED else generation.code or to.value
    transaction.on_commit(partial(dispatch.count_end, generation.version.card.slug, outcome))
    transaction.on_commit(partial(dispatch.let_go, generation))


def enqueue(generation: Generation) -> None:
    """Open an attempt under a fresh fence and send it to the worker on commit."""
    before = _open_attempt(generation)
    reserve_attempt(generation)
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
    generation.text = generation.code = generation.finish = generation.reasoning = ""
    generation.reasoning_tokens, generation.detections = 0, None
    generation.ended_at = None
    generation.betrays = False
    for count in AnswerStyle._fields:
        setattr(generation, count, None)
    generation.save()
    return before


def settle(battle: Battle, generations: list[Generation], *, given: str = "") -> None:
    """Once no side is live any more: open the vote, or let the battle fail; where the voter stopped
    one side alone it is stopped. Two answers that are the same leave nothing to vote on, and a
    battle with names never opens a vote.

    ``given`` is what both models had in words; where a side failed nothing is judged by it. A
    veiled battle goes on until its answers have been shown: nothing that it answers by then tells
    that they are over.
    """
    states = {generation.state for generation in generations}
    if battle.state != BattleState.GENERATING or states & set(LIVE_GENERATIONS):
        return
    turn, veiled = generations[0].turn.number, battle.pacing == Pacing.VEILED
    held = reading.hold_seconds(generations, timezone.now()) if veiled else 0.0
    if held > 0:
        transaction.on_commit(partial(dispatch.settle_later, battle.public_id, seconds=held))
    elif states == {GenerationState.ENDED} and battle.mode != BattleMode.BLIND:
        move(battle, BattleState.ANSWERED)
        announce = partial(dispatch.announce, battle.public_id, "answered", turn=turn)
        transaction.on_commit(announce)
    elif states == {GenerationState.ENDED} and _agree(battle, generations):
        move(battle, BattleState.AGREED)
        transaction.on_commit(partial(dispatch.announce, battle.public_id, "agreed"))
    elif states == {GenerationState.ENDED}:
        # Mark answers that name their model; what both of them say can be told only now.
        leaks = identity_leaks(
            [generation.text for generation in generations],
            [reading.card_identity(generation.version) for generation in generations],
            known=given,
        )
        for generation, leak in zip(generations, leaks, strict=True):
            if leak != generation.betrays:
                generation.betrays = leak
                generation.save(update_fields=["betrays"])
        move(battle, BattleState.VOTING)
        announce = partial(dispatch.announce, battle.public_id, "voting_opened", turn=turn)
        transaction.on_commit(announce)
    else:
        alone = GenerationState.STOPPED in states
        move(battle, BattleState.STOPPED if alone else BattleState.FAILED)
        say_of_veiled(battle, generations, "failed")


def say_of_veiled(
    battle: Battle, generations: list[Generation], kind: Kind, code: str = ""
) -> None:
    """Tell the pages of a veiled battle on commit what became of it: they can't see it from its
    sides."""
    if battle.pacing == Pacing.VEILED:
        turn = generations[0].turn.number
        attempt = max(generation.attempt for generation in generations)
        announce = partial(dispatch.announce, battle.public_id, kind, turn=turn, attempt=attempt)
        transaction.on_commit(partial(announce, code=code))


def _agree(battle: Battle, generations: list[Generation]) -> bool:
    """Return whether both sides gave the same answer to the battle's only question."""
    a, b = (generation.text for generation in generations)
    return bool(a.strip()) and same_words(a, b) and not battle.turns.filter(number__gt=0).exists()
