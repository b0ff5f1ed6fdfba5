"""Verdicts of gates, and the moments at which they are asked."""

from __future__ import annotations

from enum import IntEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

REPEATED_QUESTION = "repeated_question"
ACCOUNT_AGE = "account_age"
"""The gates whose failure keeps a vote out of the counts until an operator restores it."""


class GateVerdict(TextChoices):
    """The verdict of a gate; ``unknown`` where it could not find out."""

    PASS = "pass", _("passed")
    FAIL = "fail", _("failed")
    UNKNOWN = "unknown", _("could not be found out")


class ModerationAction(TextChoices):
    """Consequences of a category of moderation, from the mildest to the strictest."""

    IGNORE = "ignore", _("nothing")
    BLIND = "blind", _("never published")
    ASK = "ask", _("not published before a moderator allows it")
    BLOCK = "block", _("refused")


class GateStage(IntEnum):
    """The moment at which a gate is asked, in the order of a request."""

    ARRIVAL = 1
    """Before any budget is touched."""
    BUDGETS = 2
    """Before the picture is decoded."""
    QUESTION = 3
    """With the picture and the prompt, before a model sees them; the gate may count them."""
    FOLLOW_UP = 4
    """With the pictures and the prompt of a battle's further question."""
    CONTENT = 5
    """With the picture and the prompt, and without any trace: an operator's trial asks these."""
