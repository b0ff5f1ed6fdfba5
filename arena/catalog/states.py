"""The life of a model card, and when a version is well enough to be drawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from inference_worker.wire.messages import FailureCode


class CardState(TextChoices):
    """The state of a card. Only an active one is drawn for voters; nothing is ever deleted."""

    DRAFT = "draft", _("draft")
    """A card of which no version has passed a probe."""
    PROBING = "probing", _("being probed")
    TRIAL = "trial", _("on trial")
    """A version has passed its probe. Only operators see its answers: those of the probe, and those
    that it gives in the background to questions which voters have asked."""
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    RETIRED = "retired", _("retired")


CARD_TRANSITIONS: dict[CardState, frozenset[CardState]] = {
    CardState.DRAFT: frozenset({CardState.PROBING, CardState.TRIAL, CardState.RETIRED}),
    CardState.PROBING: frozenset({CardState.DRAFT, CardState.TRIAL, CardState.RETIRED}),
    CardState.TRIAL: frozenset({CardState.DRAFT, CardState.ACTIVE, CardState.RETIRED}),
    CardState.ACTIVE: frozenset({CardState.PAUSED, CardState.RETIRED}),
    CardState.PAUSED: frozenset({CardState.ACTIVE, CardState.RETIRED}),
    CardState.RETIRED: frozenset({CardState.ACTIVE}),
}
"""Each move leaves a ``CardChange``, the ones back too: from a trial whose version fails a later
probe, and out of retirement."""

NEVER_ACTIVE = (CardState.DRAFT, CardState.PROBING, CardState.TRIAL)
"""The states of a card before voters meet it: only operators know of it."""
LISTED = (CardState.ACTIVE, CardState.PAUSED, CardState.RETIRED)
"""The states of a card that readers know of, unless it was retired before voters ever met it."""


class ChangeReason(TextChoices):
    """The closed set of reasons for a change of a card."""

    ADDED = "added", _("it was added")
    PROBE_BEGAN = "probe_began", _("a probe began")
    PROBE_PASSED = "probe_passed", _("it passed its probe")
    PROBE_FAILED = "probe_failed", _("it failed its probe")
    NEW_VERSION = "new_version", _("a new version was added")
    CHOSEN = "chosen", _("an operator chose another version")
    WENT_BACK = "went_back", _("an operator went back to an earlier version")
    ACTIVATED = "activated", _("an operator activated it")
    PAUSED = "paused", _("an operator paused it")
    RETIRED = "retired", _("an operator retired it")
    BENCHED_ROW = "benched_row", _("out of the draw: 3 failures in a row")
    BENCHED_SHARE = "benched_share", _("out of the draw: 6 failures among its last 20 answers")
    BENCHED_CHECK = "benched_check", _("out of the draw: it failed a check")
    RETURNED = "returned", _("back in the draw: it passed a check")
    CAP = "cap", _("a cap was reached")
    LISTED = "listed", _("an operator listed it for everybody")
    SHIPPED = "shipped", _("it comes with the arena")


class ChangeActor(TextChoices):
    """The one who made a change."""

    OPERATOR = "operator", _("an operator")
    SITE = "site", _("the site")


class ProbeResult(TextChoices):
    """The result of a version's probe."""

    PENDING = "pending", _("not tried")
    RUNNING = "running", _("being tried")
    PASSED = "passed", _("answers")
    FAILED = "failed", _("does not answer")


class HealthState(TextChoices):
    """The state of a version in the draw, by how its last answers ended."""

    WELL = "well", _("well")
    DOUBTED = "doubted", _("in doubt")
    """Drawn until a check says more: so far each failure may have been the voters' doing."""
    OUT = "out", _("out of the draw")


class OutReason(TextChoices):
    """A reason why a version was taken out of the draw."""

    ROW = "row", _("3 failures in a row")
    SHARE = "share", _("6 failures among its last 20 answers")
    CHECK = "check", _("it failed a check")


ROW, WINDOW, SHARE = 3, 20, 6

FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(minutes=15)
"""The delay from a failure to the next check; each further failure doubles it."""

Mark = str
ANSWERED: Final[Mark] = "."
FAILED: Final[Mark] = "x"
UNCLEAR: Final[Mark] = "?"

LOST: Final = "lost"
"""Beside the failures of the wire: a worker died, or was lost, with the answer, again and again."""

_MARKS_OF_FAILURES: dict[FailureCode, Mark] = {
    "unavailable": FAILED,
    "timeout": FAILED,
    "overloaded": FAILED,
    "internal": FAILED,
    # What a voter asks may bring these about; a check asks something that may be answered.
    "refused": UNCLEAR,
    "empty": UNCLEAR,
}
MARKS: dict[str, Mark] = {
    "": ANSWERED,
    **{str(code): mark for code, mark in _MARKS_OF_FAILURES.items()},
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
    """Return whether nothing but failures, clear or not, came lately."""
    return len(marks) >= ROW and ANSWERED not in marks[-ROW:]
