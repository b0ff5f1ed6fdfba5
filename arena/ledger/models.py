"""The ledger, and the counts that it adds up to."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Vote
from arena.catalog.models import ModelCard, ModelVersion
from arena.core.append_only import AppendOnly, AppendOnlyManager
from arena.core.one_line import one_line
from arena.labels.models import LabelSet
from arena.ledger.states import EntryKind, ExclusionReason, VoteResult

GENESIS = "0" * 64
"""The value in place of a hash before the first entry."""


def _derived(to: type[models.Model], label: Any, **options: Any) -> Any:
    """Return a key to a row that stands there for good, without the database's check or an index.

    What is counted is copied from rows that PROTECT keeps; checking each key again would cost more
    than writing the entry.
    """
    given = {"related_name": "+", "db_index": False, "db_constraint": False, **options}
    return models.ForeignKey(to, models.PROTECT, verbose_name=label, **given)


class LedgerEntry(AppendOnly):
    """An event of the gapless list from which ratings are computed. It is about a vote of this
    arena, or about an imported one, which its source and its number there identify.

    ``hash`` covers the hash before it and the facts of this entry (``services.chain``). It covers
    no content, so that content can be erased without breaking the chain. ``day`` is that of the
    vote, in UTC. ``labels`` are those under which the vote is counted, or was until it was
    excluded. Entries of 0.1.0 name no versions: see ``selectors.events.VERSIONS``.
    """

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=12, choices=EntryKind.choices)
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
    version_a = _derived(ModelVersion, _("version A"), null=True, blank=True)
    version_b = _derived(ModelVersion, _("version B"), null=True, blank=True)
    outcome = models.PositiveSmallIntegerField(_("outcome"), choices=VoteResult.choices)
    reason = models.CharField(
        _("reason"), max_length=20, choices=ExclusionReason.choices, blank=True
    )
    labels = _derived(LabelSet, _("labels"))
    day = models.DateField(_("day"))
    hash = models.CharField(_("hash"), max_length=64)
    by = models.CharField(_("by"), max_length=150, blank=True)
    """The operator who excluded or restored the vote; not hashed, because a name can be erased."""
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)

    objects = AppendOnlyManager()

    class Meta:
        db_table = "leaderboard_ledgerentry"
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["vote"],
                condition=Q(kind=EntryKind.VOTE, vote__isnull=False),
                name="leaderboard_entry_vote_once",
            ),
            models.UniqueConstraint(
                fields=["source", "source_key"],
                condition=Q(kind=EntryKind.VOTE, vote__isnull=True),
                name="leaderboard_entry_import_once",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="leaderboard_entry_counts_from_one"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=EntryKind.values), name="leaderboard_entry_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=VoteResult.values), name="leaderboard_entry_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(vote__isnull=False, source="", source_key__isnull=True)
                | (Q(vote__isnull=True, source_key__isnull=False) & ~Q(source="")),
                name="leaderboard_entry_own_or_imported",
            ),
            models.CheckConstraint(
                condition=one_line("source", "reason"), name="leaderboard_entry_one_line"
            ),
            models.CheckConstraint(
                condition=Q(version_a__isnull=True, version_b__isnull=True)
                | Q(version_a__isnull=False, version_b__isnull=False),
                name="ledger_entry_both_versions",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-number"],
                condition=~Q(kind=EntryKind.VOTE),
                name="leaderboard_entry_decisions",
            ),
            models.Index(
                fields=["vote", "number"],
                condition=~Q(kind=EntryKind.VOTE) & Q(vote__isnull=False),
                name="leaderboard_entry_later",
            ),
            models.Index(
                fields=["source", "source_key", "number"],
                condition=~Q(kind=EntryKind.VOTE) & Q(vote__isnull=True),
                name="leaderboard_entry_import_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


class PairCount(models.Model):
    """Votes that count, per ordered pair of versions and outcome: the sufficient statistics.

    Written by addition, below zero only if ledger and counts have parted: the verification of the
    ledger finds that.
    """

    version_a = _derived(ModelVersion, _("version A"), related_name="counts_a")
    version_b = _derived(ModelVersion, _("version B"), related_name="counts_b", db_index=True)
    outcome = models.PositiveSmallIntegerField(_("outcome"), choices=VoteResult.choices)
    votes = models.BigIntegerField(_("votes"), default=0)

    class Meta:
        verbose_name = _("pair count")
        verbose_name_plural = _("pair counts")
        constraints = [
            models.UniqueConstraint(
                fields=["version_a", "version_b", "outcome"], name="ledger_count_once"
            ),
            models.CheckConstraint(
                condition=~Q(version_a=F("version_b")), name="ledger_count_two_models"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=VoteResult.values), name="ledger_count_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_a_id}-{self.version_b_id}: {self.votes}"


class Cell(models.Model):
    """The same votes by label set and day: what the filters of a board add up.

    The key is the one index: it serves the filters, too, which name label sets first, then days.
    """

    pk = models.CompositePrimaryKey("labels", "day", "version_a", "version_b", "outcome")
    labels = _derived(LabelSet, _("labels"))
    day = models.DateField(_("day"))
    version_a = _derived(ModelVersion, _("version A"))
    version_b = _derived(ModelVersion, _("version B"))
    outcome = models.PositiveSmallIntegerField(_("outcome"), choices=VoteResult.choices)
    votes = models.BigIntegerField(_("votes"), default=0)

    class Meta:
        verbose_name = _("cell")
        verbose_name_plural = _("cells")

    def __str__(self) -> str:
        return f"{self.day} {self.labels_id} {self.version_a_id}-{self.version_b_id}: {self.votes}"


class ModelHold(models.Model):
    """A model on which votes of voters wait who were not known before ``since``: the fold takes
    them in as ``provisional``.

    What sets and lifts it stands in an app above; the ledger only knows that it is so.
    """

    card = models.OneToOneField(
        ModelCard, models.CASCADE, related_name="+", verbose_name=_("model")
    )
    since = models.DateTimeField(
        _("beginning of the alarm"), default=timezone.now, db_default=Now()
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("model on which votes wait")
        verbose_name_plural = _("models on which votes wait")

    def __str__(self) -> str:
        return str(self.card_id)


class StandingExclusion(models.Model):
    """An operator's own exclusion of a single vote, until an operator restores the vote.

    The vote may have been out for another reason when it was decided, and then the ledger has no
    entry of it: a vote is excluded once. Whatever lets the vote count again afterwards puts the
    operator's exclusion right behind that.
    """

    vote = models.OneToOneField(
        Vote, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("vote")
    )
    reason = models.CharField(_("reason"), max_length=20, choices=ExclusionReason.choices)
    by = models.CharField(_("by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("exclusion by an operator")
        verbose_name_plural = _("exclusions by operators")

    def __str__(self) -> str:
        return f"{self.vote_id}: {self.reason}"


class CountedEntries(models.Model):
    """The number of the last entry that the counts include; one row, absent before the first.

    Counts of a database that another release wrote to, or that a backup of one was read into, are
    behind: whoever holds the ledger's lock next adds what is missing.
    """

    number = models.PositiveBigIntegerField(_("up to ledger entry"))

    class Meta:
        verbose_name = _("counted entries")
        verbose_name_plural = _("counted entries")

    def __str__(self) -> str:
        return str(self.number)


class Repair(models.Model):
    """A time at which all counts were rewritten; who keeps counts compares its key."""

    created_at = models.DateTimeField(_("repaired"), auto_now_add=True)
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"))

    class Meta:
        db_table = "leaderboard_repair"
        verbose_name = _("repair of the counts")
        verbose_name_plural = _("repairs of the counts")

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class Recount(models.Model):
    """The findings of one verification of the ledger; none means that all is well."""

    created_at = models.DateTimeField(_("recounted"), auto_now_add=True)
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"))
    findings = models.JSONField(_("what is wrong"), default=list)

    class Meta:
        db_table = "leaderboard_recount"
        verbose_name = _("recount")
        verbose_name_plural = _("recounts")
        get_latest_by = "id"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}: {len(self.findings)}"
