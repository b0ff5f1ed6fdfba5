"""The ledger, the counts that it adds up to, boards and their snapshots."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Vote
from arena.catalog.models import ModelCard
from arena.leaderboard.states import Kind, Reason, Result

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""


class AppendOnlyRows(models.QuerySet[Any]):
    """Refuses in bulk what ``AppendOnly`` refuses for one row."""

    def update(self, **kwargs: Any) -> int:
        """Always raises ValueError."""
        raise ValueError(f"{self.model._meta.verbose_name_plural} can't be changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Always raises ValueError."""
        raise ValueError(f"{self.model._meta.verbose_name_plural} can't be deleted.")


class AppendOnly(models.Model):
    """Written once, never changed, never deleted (invariant 8)."""

    objects = AppendOnlyRows.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a row that is stored already."""
        if not self._state.adding:
            raise ValueError(f"{self._meta.verbose_name} {self.pk} can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Always raises ValueError."""
        raise ValueError(f"{self._meta.verbose_name} {self.pk} can't be deleted.")


class LedgerEntry(AppendOnly):
    """One event of the gapless list that the maths reads.

    ``hash`` chains: it covers the hash before it and this entry's facts, and no content, so that
    content can be erased without breaking the chain.
    """

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="entries", verbose_name=_("vote"))
    card_a = models.ForeignKey(
        ModelCard, models.PROTECT, related_name="+", db_index=False, verbose_name=_("model A")
    )
    card_b = models.ForeignKey(
        ModelCard, models.PROTECT, related_name="+", db_index=False, verbose_name=_("model B")
    )
    outcome = models.PositiveSmallIntegerField(_("outcome"), choices=Result.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    hash = models.CharField(_("hash"), max_length=64)
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["vote"], condition=Q(kind=Kind.VOTE), name="leaderboard_entry_vote_once"
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
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


def chain(
    previous: str, *, kind: str, vote: int, slugs: tuple[str, str], outcome: str, reason: str
) -> str:
    """The hash of the entry behind ``previous``: SHA-256 over a JSON list, in hexadecimal."""
    facts = [previous, kind, vote, *slugs, outcome, reason]
    return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()


class PairCount(models.Model):
    """Votes that count, per ordered pair of cards and outcome: the sufficient statistics."""

    card_a = models.ForeignKey(
        ModelCard, models.PROTECT, related_name="counts_a", verbose_name=_("model A")
    )
    card_b = models.ForeignKey(
        ModelCard, models.PROTECT, related_name="counts_b", verbose_name=_("model B")
    )
    outcome = models.PositiveSmallIntegerField(_("outcome"), choices=Result.choices)
    votes = models.PositiveBigIntegerField(_("votes"), default=0)

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


class Board(models.Model):
    """A way to rank: which votes (today: all) and by which method."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    method = models.CharField(_("method"), max_length=50, default="bradley_terry")
    parameters = models.JSONField(_("parameters of the method"), default=dict, blank=True)
    seed = models.PositiveIntegerField(_("seed"), default=0)

    class Meta:
        verbose_name = _("board")
        verbose_name_plural = _("boards")

    def __str__(self) -> str:
        return self.name


class Snapshot(AppendOnly):
    """One computed leaderboard. Its body is a function of the ledger up to a number and of the
    method with its parameters: the same ledger gives the same bytes, under the same ``etag``."""

    board = models.ForeignKey(
        Board, models.PROTECT, related_name="snapshots", verbose_name=_("board")
    )
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"))
    ledger_hash = models.CharField(_("hash of that entry"), max_length=64)
    method = models.CharField(_("method"), max_length=50)
    parameters = models.JSONField(_("parameters"))
    seed = models.PositiveIntegerField(_("seed"))
    code_version = models.CharField(_("version of the arena"), max_length=50)
    body = models.TextField(_("body"))
    etag = models.CharField(_("SHA-256 of the body"), max_length=64)
    created_at = models.DateTimeField(_("computed"), auto_now_add=True)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        get_latest_by = "id"
        ordering = ["-id"]
        indexes = [models.Index(fields=["board", "-id"], name="leaderboard_snapshot_latest")]

    def __str__(self) -> str:
        return f"{self.board_id} @ {self.ledger_number}"

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Best first; as ``arena.rating.fit.Row.as_dict`` gives them, ``model`` being the slug."""
        rows: list[dict[str, Any]] = json.loads(self.body)["rows"]
        return rows
