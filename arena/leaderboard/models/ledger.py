"""The ledger, and the counts that it adds up to."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Vote
from arena.catalog.models import ModelCard
from arena.core.one_line import one_line
from arena.labels.models import LabelSet
from arena.leaderboard.models.append_only import AppendOnly
from arena.leaderboard.states import Kind, Reason, Result

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""


def _derived(to: type[models.Model], label: Any) -> Any:
    """A key to a row that stands there for good, without the database's check or an index.

    What is counted is copied from rows that PROTECT keeps; checking each of four keys again would
    cost more than writing the entry.
    """
    return models.ForeignKey(
        to,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=label,
    )


class LedgerEntry(AppendOnly):
    """One event of the gapless list that the maths reads: about a vote of this arena, or about
    an imported one, which its source and its number there name.

    ``hash`` chains: it covers the hash before it and this entry's facts (``services.chain``), and
    no content, so that content can be erased without breaking the chain. ``day`` is the vote's, in
    UTC; ``labels`` those under which the vote is counted, or was until it was taken out.
    """

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    vote = models.ForeignKey(
        Vote,
        models.PROTECT,
        related_name="entries",
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        verbose_name=_("vote"),
    )
    source = models.CharField(_("source"), max_length=40, blank=True)
    source_key = models.BigIntegerField(_("number in its source"), null=True, blank=True)
    card_a = _derived(ModelCard, _("model A"))
    card_b = _derived(ModelCard, _("model B"))
    outcome = models.PositiveSmallIntegerField(_("outcome"), choices=Result.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    labels = _derived(LabelSet, _("labels"))
    day = models.DateField(_("day"))
    hash = models.CharField(_("hash"), max_length=64)
    by = models.CharField(_("by"), max_length=150, blank=True)
    """Who took the vote out or back in; outside the hash, because a name can be erased."""
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["vote"],
                condition=Q(kind=Kind.VOTE, vote__isnull=False),
                name="leaderboard_entry_vote_once",
            ),
            models.UniqueConstraint(
                fields=["source", "source_key"],
                condition=Q(kind=Kind.VOTE, vote__isnull=True),
                name="leaderboard_entry_import_once",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="leaderboard_entry_counts_from_one"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="leaderboard_entry_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=Result.values), name="leaderboard_entry_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(vote__isnull=False, source="", source_key__isnull=True)
                | (Q(vote__isnull=True, source_key__isnull=False) & ~Q(source="")),
                name="leaderboard_entry_own_or_imported",
            ),
            models.CheckConstraint(
                condition=one_line("source", "reason"), name="leaderboard_entry_one_line"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-number"],
                condition=~Q(kind=Kind.VOTE),
                name="leaderboard_entry_decisions",
            ),
            models.Index(
                fields=["vote", "number"],
                condition=~Q(kind=Kind.VOTE) & Q(vote__isnull=False),
                name="leaderboard_entry_later",
            ),
            models.Index(
                fields=["source", "source_key", "number"],
                condition=~Q(kind=Kind.VOTE) & Q(vote__isnull=True),
                name="leaderboard_entry_import_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


class PairCount(models.Model):
    """Votes that count, per ordered pair of cards and outcome: the sufficient statistics.

    Written by addition, below zero only if ledger and counts have parted: ``recount`` finds that.
    """

    card_a = models.ForeignKey(
        ModelCard,
        models.PROTECT,
        related_name="counts_a",
        db_index=False,
        db_constraint=False,
        verbose_name=_("model A"),
    )
    card_b = models.ForeignKey(
        ModelCard,
        models.PROTECT,
        related_name="counts_b",
        db_constraint=False,
        verbose_name=_("model B"),
    )
    outcome = models.PositiveSmallIntegerField(_("outcome"), choices=Result.choices)
    votes = models.BigIntegerField(_("votes"), default=0)

    class Meta:
        verbose_name = _("pair count")
        verbose_name_plural = _("pair counts")
        constraints = [
            models.UniqueConstraint(
                fields=["card_a", "card_b", "outcome"], name="leaderboard_count_once"
            ),
            models.CheckConstraint(
                condition=~Q(card_a=F("card_b")), name="leaderboard_count_two_models"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=Result.values), name="leaderboard_count_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card_a_id}-{self.card_b_id}: {self.votes}"


class Cell(models.Model):
    """The same votes by label set and day: what the filters of a board add up.

    The key is the one index: it serves the filters, too, which name label sets first, then days.
    """

    pk = models.CompositePrimaryKey("labels", "day", "card_a", "card_b", "outcome")
    labels = _derived(LabelSet, _("labels"))
    day = models.DateField(_("day"))
    card_a = _derived(ModelCard, _("model A"))
    card_b = _derived(ModelCard, _("model B"))
    outcome = models.PositiveSmallIntegerField(_("outcome"), choices=Result.choices)
    votes = models.BigIntegerField(_("votes"), default=0)

    class Meta:
        verbose_name = _("cell")
        verbose_name_plural = _("cells")

    def __str__(self) -> str:
        return f"{self.day} {self.labels_id} {self.card_a_id}-{self.card_b_id}: {self.votes}"


class Repair(models.Model):
    """All counts were written anew. Whoever keeps counts in memory compares the newest key."""

    created_at = models.DateTimeField(_("repaired"), auto_now_add=True)
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"))

    class Meta:
        verbose_name = _("repair of the counts")
        verbose_name_plural = _("repairs of the counts")

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class Recount(models.Model):
    """What one recount of the ledger found; no findings means that all counts were equal."""

    created_at = models.DateTimeField(_("recounted"), auto_now_add=True)
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"))
    findings = models.JSONField(_("what is wrong"), default=list)

    class Meta:
        verbose_name = _("recount")
        verbose_name_plural = _("recounts")
        get_latest_by = "id"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}: {len(self.findings)}"
