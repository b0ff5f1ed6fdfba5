"""Kinds, outcomes and reasons of ledger entries."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from arena.rating.comparisons import VoteOutcome


class EntryKind(TextChoices):
    """A vote counts from its own entry on; an exclusion takes it out, a restoration back in."""

    VOTE = "vote", _("vote")
    EXCLUSION = "exclusion", _("exclusion")
    RESTORATION = "restoration", _("restoration")


class ExclusionReason(TextChoices):
    """A reason for which a vote was taken out of the counts, or back in."""

    BETRAYED = "betrayed", _("an answer named its model")
    OPERATOR = "operator", _("by decision of an operator")
    INTEGRITY = "integrity", _("the voter's votes look wrong")
    SOURCE = "source", _("the source it was imported from")
    DUPLICATE = "duplicate", _("the same picture and prompt from another identity")
    ACCOUNT = "account", _("the voter had no account, or a young one")
    RELABELLED = "relabelled", _("its labels were changed")
    BUDGET = "budget", _("more votes in a day than are counted of one voter")
    PROVISIONAL = "provisional", _("waiting while an alarm about a model is open")
    WITHDRAWN = "withdrawn", _("taken back by its voter")


BY_HAND = (ExclusionReason.OPERATOR, ExclusionReason.BETRAYED)
"""The reasons for which an operator restores single votes."""


class RatedUnit(TextChoices):
    """The unit that votes are added up for."""

    VERSIONS = "versions", _("each version of a model by itself")
    CARDS = "cards", _("models, over all their versions")


class VoteResult(IntegerChoices):
    """The outcome of a comparison, under the code that the maths reads."""

    A = VoteOutcome.A, _("A is better")
    B = VoteOutcome.B, _("B is better")
    TIE = VoteOutcome.TIE, _("Both are good")
    BOTH_BAD = VoteOutcome.BOTH_BAD, _("Both are bad")
