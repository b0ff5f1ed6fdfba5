"""Another model for a side that failed before it had begun: the voter never sees the first one."""

from __future__ import annotations

from django.db import transaction

from arena.battles.models import Battle, Generation, SideReplacement
from arena.battles.selectors import pairing
from arena.battles.selectors.budgets import cards_used_up
from arena.battles.selectors.pairing import DrawnReplacement
from arena.battles.states import BattleMode, BattleState, GenerationState
from arena.orchestration.services.affording import NoPlaceLeft, take_places
from arena.orchestration.services.rows import enqueue

MOST_REPLACEMENTS = 3
"""The limit for both sides of a battle together: after it the side fails and may be retried."""
ATTEMPTS = 2
"""The attempts of the model that replaces another one."""


def replace_side(
    battle: Battle, generations: list[Generation], failed: Generation, queues: frozenset[str] | None
) -> bool:
    """Draw another model for a side of a locked battle that has just failed without a word.

    ``queues`` are those that a worker serves, None where that is not known. False where there is no
    other model, where this was done often enough, or where a model is unlisted: people were invited
    to that one. A side that was refused is not given to
    another: half a comparison would only tell which model takes more. Nor is the side of a later
    turn: its model is the one that gave the answers before. Nor is one that was chosen by name.
    """
    if battle.mode != BattleMode.BLIND or battle.unlisted:
        return False
    if battle.state != BattleState.GENERATING or failed.code == "refused":
        return False
    if battle.turns.count() > 1:
        return False
    before = list(
        SideReplacement.objects.filter(generation__in=generations).select_related("failed__card")
    )
    other = next(row for row in generations if row.pk != failed.pk)
    if len(before) >= MOST_REPLACEMENTS or other.state == GenerationState.STOPPED:
        return False
    out = {row.failed.card.slug for row in before} | {failed.version.card.slug}
    drawn = _draw_affordable(other, out, queues)
    if drawn is None:
        return False
    SideReplacement.objects.create(
        generation=failed,
        failed=failed.version,
        chosen=drawn.version,
        attempt=failed.attempt,
        code=failed.code,
        draw_policy=battle.draw_policy,
        draw_probability=battle.draw_probability,
    )
    battle.draw_policy, battle.draw_probability = drawn.policy, drawn.probability
    battle.save(update_fields=["draw_policy", "draw_probability"])
    failed.version = drawn.version
    failed.attempt += 1
    failed.last_attempt = failed.attempt + ATTEMPTS - 1
    failed.queued_at = None
    enqueue(failed)
    return True


def _draw_affordable(
    other: Generation, out: set[str], queues: frozenset[str] | None
) -> DrawnReplacement | None:
    """Draw a model that takes a place in its budget; None where there is none."""
    prompt, shown = other.turn.prompt, len(other.turn.images)
    without = cards_used_up(prompt, pictures=shown)
    while True:
        drawn = pairing.replacement_for(other.version, out, queues, without)
        if drawn is None:
            return None
        try:
            with transaction.atomic():
                take_places([drawn.version.card_id], prompt, pictures=shown)
        except NoPlaceLeft as full:
            without = without | full.cards
        else:
            return drawn
