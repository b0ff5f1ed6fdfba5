"""What a voter may say of an answer after the vote: closed lists, no free text."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AnswerReason(TextChoices):
    """A reason that speaks for or against an answer. No rating is computed from it."""

    READS = "reads", _("reads the text right")
    COUNTS = "counts", _("counts right")
    DETAILS = "details", _("sees the details")
    CLEAR = "clear", _("says it clearly")
    INVENTS = "invents", _("invents things")
    MISREADS = "misreads", _("misreads the text")
    MISCOUNTS = "miscounts", _("counts wrong")
    MISSES = "misses", _("misses the point")
    TOO_LONG = "too_long", _("too long")
    LANGUAGE = "language", _("wrong language")
    UNSAFE = "unsafe", _("unsafe")


IN_FAVOUR = (AnswerReason.READS, AnswerReason.COUNTS, AnswerReason.DETAILS, AnswerReason.CLEAR)
"""The reasons that speak for an answer; all others speak against it."""


class Correctness(TextChoices):
    """A voter's judgement on whether an answer is true, whatever the voter preferred."""

    RIGHT = "right", _("right")
    PARTLY = "partly", _("partly right")
    WRONG = "wrong", _("wrong")
    UNKNOWN = "unknown", _("can't tell")
