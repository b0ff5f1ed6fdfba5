"""What a ledger entry can be."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from arena.rating.comparisons import Outcome


class Kind(TextChoices):
    """A vote counts from its own entry on; an exclusion takes it out, a restoration back in."""

    VOTE = "vote", _("vote")
    EXCLUSION = "exclusion", _("exclusion")
    RESTORATION = "restoration", _("restoration")


class Reason(TextChoices):
    """Why a vote was taken out of the counts, or back in."""

    BETRAYED = "betrayed", _("an answer named its model")
    OPERATOR = "operator", _("by decision of an operator")
    INTEGRITY = "integrity", _("the voter's votes look wrong")
    SOURCE = "source", _("the source it was imported from")
    RELABELLED = "relabelled", _("its labels were changed")


class Result(IntegerChoices):
    """The outcome of a comparison, under the code that the maths reads."""

    A = Outcome.A, _("A is better")
    B = Outcome.B, _("B is better")
    TIE = Outcome.TIE, _("Both are good")
    BOTH_BAD = Outcome.BOTH_BAD, _("Both are bad")
