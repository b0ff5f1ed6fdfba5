"""The lives of a battle and of a generation, as tables; ``services`` is the only writer."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from arena.catalog.states import LOST


class BattleState(TextChoices):
    """The state of a battle. Only ``voting`` takes a vote."""

    GENERATING = "generating", _("answering")
    VOTING = "voting", _("waiting for the vote")
    VOTED = "voted", _("voted")
    FAILED = "failed", _("an answer failed")
    STOPPED = "stopped", _("stopped")
    SKIPPED = "skipped", _("skipped")
    EXPIRED = "expired", _("expired")
    AGREED = "agreed", _("both answers are the same")
    ANSWERED = "answered", _("answered, without a vote")
    DISCARDED = "discarded", _("prepared and never shown")


class BattleMode(TextChoices):
    """The three ways to ask. Only a blind battle ever takes a vote: the names of the others are
    known from the start."""

    BLIND = "blind", _("blind battle")
    SIDE_BY_SIDE = "side_by_side", _("two models chosen by name")
    ALONE = "alone", _("one model chosen by name")


BLIND_STATES = (BattleState.VOTING, BattleState.VOTED, BattleState.AGREED)
"""The states that only a blind battle may have, which a constraint of the database holds."""
OPEN_STATES = (
    BattleState.GENERATING,
    BattleState.VOTING,
    BattleState.ANSWERED,
    BattleState.FAILED,
    BattleState.STOPPED,
)
"""The states of a battle that still goes on."""

PREPARED_STATES = (
    BattleState.GENERATING,
    BattleState.VOTING,
    BattleState.FAILED,
    BattleState.STOPPED,
)
"""The states of a battle that is prepared and not over."""
READY_STATES = (BattleState.VOTING, BattleState.ANSWERED)
"""The states in which the newest turn is answered and another one may follow."""


def ready_state(mode: str) -> BattleState:
    """Return the state of a battle of this mode whose newest turn is answered well."""
    return BattleState.VOTING if mode == BattleMode.BLIND else BattleState.ANSWERED


# Nobody finished it in time, or nobody was shown it.
_GIVEN_UP = (BattleState.EXPIRED, BattleState.DISCARDED)
# From voting or answered back to generating by one more turn, from failed or stopped to either by
# taking the newest turn back.
BATTLE_TRANSITIONS: dict[BattleState, frozenset[BattleState]] = {
    BattleState.GENERATING: frozenset(
        {
            BattleState.VOTING,
            BattleState.ANSWERED,
            BattleState.AGREED,
            BattleState.FAILED,
            BattleState.STOPPED,
            BattleState.SKIPPED,
            *_GIVEN_UP,
        }
    ),
    BattleState.VOTING: frozenset(
        {BattleState.VOTED, BattleState.GENERATING, BattleState.SKIPPED, *_GIVEN_UP}
    ),
    BattleState.ANSWERED: frozenset(
        {BattleState.GENERATING, BattleState.SKIPPED, BattleState.EXPIRED}
    ),
    BattleState.FAILED: frozenset(
        {
            BattleState.GENERATING,
            BattleState.VOTING,
            BattleState.ANSWERED,
            BattleState.SKIPPED,
            *_GIVEN_UP,
        }
    ),
    BattleState.STOPPED: frozenset(
        {
            BattleState.GENERATING,
            BattleState.VOTING,
            BattleState.ANSWERED,
            BattleState.SKIPPED,
            *_GIVEN_UP,
        }
    ),
    BattleState.VOTED: frozenset(),
    BattleState.SKIPPED: frozenset(),
    BattleState.EXPIRED: frozenset(),
    BattleState.AGREED: frozenset(),
    BattleState.DISCARDED: frozenset(),
}


class Pacing(TextChoices):
    """The two ways in which the answers' text reaches the page."""

    LIVE = "live", _("as it comes")
    VEILED = "veiled", _("in step")


class ErasureReason(TextChoices):
    """The three reasons for which the content of a battle is erased."""

    VOTER = "voter", _("the voter's wish")
    OPERATOR = "operator", _("a request to the operator")
    RETENTION = "retention", _("the end of its time")


class Clearance(TextChoices):
    """The clearance of a battle for publication by moderation; the voter's consent is another
    question."""

    CLEAR = "clear", _("may be published")
    UNCHECKED = "unchecked", _("answers not judged yet")
    WITHHELD = "withheld", _("kept from publication")


class ReviewState(TextChoices):
    """The decision of a moderator on a battle."""

    OPEN = "open", _("waiting for a moderator")
    ALLOWED = "allowed", _("allowed")
    WITHHELD = "withheld", _("kept from publication")


class GenerationState(TextChoices):
    """The state of one side's answer; ``queued``: no worker is known to have it."""

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
    # Stopped after its end: a veiled battle that the voter stopped before it was shown.
    GenerationState.FAILED: frozenset({GenerationState.QUEUED, GenerationState.STOPPED}),
    GenerationState.STOPPED: frozenset({GenerationState.QUEUED}),
    GenerationState.ENDED: frozenset({GenerationState.QUEUED, GenerationState.STOPPED}),
}

LIVE_GENERATIONS = (GenerationState.QUEUED, GenerationState.RUNNING)

ABSENT: Final = "absent"
"""The code of a side that the arena stopped: no page of its voter was connected for a while."""
SITE_FAILURES: frozenset[str] = frozenset({LOST})
"""Codes of a failed side that the site finds by itself, beside those that a worker can say."""


class Choice(TextChoices):
    """The four verdicts that a voter may give on two answers."""

    A = "a", _("A is better")
    B = "b", _("B is better")
    TIE = "tie", _("Both are good")
    BOTH_BAD = "both_bad", _("Both are bad")
