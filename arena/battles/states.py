"""The lives of a battle and of a generation, as tables; ``services`` is the only writer."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BattleState(TextChoices):
    """Where a battle stands. Only ``voting`` takes a vote."""

    GENERATING = "generating", _("answering")
    VOTING = "voting", _("waiting for the vote")
    VOTED = "voted", _("voted")
    FAILED = "failed", _("an answer failed")
    STOPPED = "stopped", _("stopped")
    SKIPPED = "skipped", _("skipped")
    EXPIRED = "expired", _("expired")


OPEN_STATES = (
    BattleState.GENERATING,
    BattleState.VOTING,
    BattleState.FAILED,
    BattleState.STOPPED,
)
"""From which a battle can still come to its vote."""

BATTLE_TRANSITIONS: dict[BattleState, frozenset[BattleState]] = {
    BattleState.GENERATING: frozenset(
        {
            BattleState.VOTING,
            BattleState.FAILED,
            BattleState.STOPPED,
            BattleState.SKIPPED,
            BattleState.EXPIRED,
        }
    ),
    BattleState.VOTING: frozenset({BattleState.VOTED, BattleState.SKIPPED, BattleState.EXPIRED}),
    BattleState.FAILED: frozenset(
        {BattleState.GENERATING, BattleState.SKIPPED, BattleState.EXPIRED}
    ),
    BattleState.STOPPED: frozenset(
        {BattleState.GENERATING, BattleState.SKIPPED, BattleState.EXPIRED}
    ),
    BattleState.VOTED: frozenset(),
    BattleState.SKIPPED: frozenset(),
    BattleState.EXPIRED: frozenset(),
}


class Pacing(TextChoices):
    """When the answers' text reaches the page."""

    LIVE = "live", _("as it comes")
    VEILED = "veiled", _("in step")


class GenerationState(TextChoices):
    """Where one side's answer stands. ``queued`` means: not yet seen in a worker's hands."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("answering")
    ENDED = "ended", _("answered")
    FAILED = "failed", _("failed")
    STOPPED = "stopped", _("stopped")


GENERATION_TRANSITIONS: dict[GenerationState, frozenset[GenerationState]] = {
    GenerationState.QUEUED: frozenset(
        {
            GenerationState.RUNNING,
            GenerationState.ENDED,
            GenerationState.FAILED,
            GenerationState.STOPPED,
        }
    ),
    GenerationState.RUNNING: frozenset(
        {
            GenerationState.QUEUED,
            GenerationState.ENDED,
            GenerationState.FAILED,
            GenerationState.STOPPED,
        }
    ),
    GenerationState.FAILED: frozenset({GenerationState.QUEUED}),
    GenerationState.STOPPED: frozenset({GenerationState.QUEUED}),
    GenerationState.ENDED: frozenset({GenerationState.QUEUED}),
}

LIVE_GENERATIONS = (GenerationState.QUEUED, GenerationState.RUNNING)


class Choice(TextChoices):
    """What a voter may say of two answers."""

    A = "a", _("A is better")
    B = "b", _("B is better")
    TIE = "tie", _("Both are good")
    BOTH_BAD = "both_bad", _("Both are bad")
