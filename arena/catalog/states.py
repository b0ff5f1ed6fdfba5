"""The life of a model card, and when a version is well enough to be drawn."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CardState(TextChoices):
    """Only an active card is drawn; nothing is ever deleted."""

    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("active")
    RETIRED = "retired", _("retired")


CARD_TRANSITIONS: dict[CardState, frozenset[CardState]] = {
    CardState.DRAFT: frozenset({CardState.ACTIVE, CardState.RETIRED}),
    CardState.ACTIVE: frozenset({CardState.RETIRED}),
    CardState.RETIRED: frozenset({CardState.ACTIVE}),
}


class Probe(TextChoices):
    """What the trial call of a version showed."""

    PENDING = "pending", _("not tried")
    RUNNING = "running", _("being tried")
    PASSED = "passed", _("answers")
    FAILED = "failed", _("does not answer")


class Health(TextChoices):
    """Where a version stands in the draw, by how its last answers ended."""

    WELL = "well", _("well")
    DOUBTED = "doubted", _("in doubt")
    """Drawn until a check says more: so far each failure may have been the voters' doing."""
    OUT = "out", _("out of the draw")


class OutReason(TextChoices):
    """Why a version was taken out of the draw."""

    ROW = "row", _("3 failures in a row")
    SHARE = "share", _("6 failures among its last 20 answers")
    CHECK = "check", _("it failed a check")


ROW, WINDOW, SHARE = 3, 20, 6

Mark = str
ANSWERED: Final[Mark] = "."
FAILED: Final[Mark] = "x"
UNCLEAR: Final[Mark] = "?"

LOST: Final = "lost"
"""Beside the failures of the wire: a worker died, or was lost, with the answer, again and again."""

MARKS: dict[str, Mark] = {
    "": ANSWERED,
    "unavailable": FAILED,
    "timeout": FAILED,
    "overloaded": FAILED,
    "internal": FAILED,
    # What a voter asks may bring these about; a check asks something that may be answered.
    "refused": UNCLEAR,
    "empty": UNCLEAR,
    # All answers of that worker were lost with it: a check finds the version that ends workers.
    LOST: UNCLEAR,
}
"""What an end says of its version, by the code of its failure.

An end that is not here says nothing: a stop by the voter, a wait in a queue that nobody serves or
that is too long, an answer that the broker lost.
"""


def reason_to_leave(marks: str) -> OutReason | None:
    """Why a version with these last ends is drawn no more. Unclear ends neither count as failures
    nor stand between two of them."""
    if marks.replace(UNCLEAR, "").endswith(FAILED * ROW):
        return OutReason.ROW
    return OutReason.SHARE if marks.count(FAILED) >= SHARE else None


def is_doubtful(marks: str) -> bool:
    """Whether nothing but failures, clear or not, came lately."""
    return len(marks) >= ROW and ANSWERED not in marks[-ROW:]
