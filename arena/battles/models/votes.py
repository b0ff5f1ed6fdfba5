"""Votes, and those that the ledger has not taken yet."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.battles.models.battles import Battle
from arena.battles.states import Choice
from arena.catalog.models import ModelVersion
from arena.voters.models import Voter


class Vote(models.Model):
    """A voter's choice on a battle: one per battle, by constraint, never changed.

    Whoever stores one stores an ``UnfoldedVote`` with it, unless it is on an unlisted model:
    ``services.cast_vote`` does both in one statement. ``betrayed`` says that an answer had named
    its model. Versions have no index: the ledger reads from the vote to them, never back, and each
    index would cost every vote.
    """

    battle = models.OneToOneField(
        Battle, models.PROTECT, related_name="vote", verbose_name=_("battle")
    )
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="votes", verbose_name=_("voter"))
    choice = models.CharField(_("choice"), max_length=10, choices=Choice.choices)
    version_a = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="+", db_index=False, verbose_name=_("model A")
    )
    version_b = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="+", db_index=False, verbose_name=_("model B")
    )
    betrayed = models.BooleanField(_("an answer named its model"), default=False)
    unlisted = models.BooleanField(
        _("on an unlisted model"), default=False, db_default=False, editable=False
    )
    """That of its battle. Such a vote waits for no ledger and counts on no board."""
    turns = models.PositiveSmallIntegerField(_("turns"), default=1, db_default=1)
    """The turns that the battle had: no part of what the ledger's hash covers."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # The trust of the vote as of when it was cast; empty for votes of before, and imported ones.
    votes_today = models.PositiveIntegerField(
        _("votes of that day before it"), null=True, blank=True, editable=False
    )
    voter_seconds = models.PositiveIntegerField(
        _("age of the voter, seconds"), null=True, blank=True, editable=False
    )
    account_days = models.PositiveIntegerField(
        _("age of the voter's account, days"), null=True, blank=True, editable=False
    )
    """Whole days; empty without an account, too."""

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.CheckConstraint(
                condition=Q(choice__in=Choice.values), name="battles_vote_choice_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battle_id}: {self.choice}"


class UnfoldedVote(models.Model):
    """A vote that the ledger has not taken yet; gone in the transaction that takes it.

    A table of its own because a delete here costs a twentieth of an update of the vote's row,
    which would write every index of the vote again.
    """

    vote = models.OneToOneField(
        Vote, models.CASCADE, primary_key=True, related_name="unfolded", verbose_name=_("vote")
    )

    class Meta:
        verbose_name = _("vote outside the ledger")
        verbose_name_plural = _("votes outside the ledger")

    def __str__(self) -> str:
        return str(self.vote_id)
