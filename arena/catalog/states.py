"""The life of a model card."""

from __future__ import annotations

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
