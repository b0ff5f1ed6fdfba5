"""Boards, and the snapshots that were computed for them."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from arena.core.append_only import AppendOnly, AppendOnlyManager
from arena.demographics.models import SurveyAnswer, SurveyQuestion
from arena.ledger.states import RatedUnit
from arena.rating.methods import DEFAULT_METHOD
from arena.rating.recipes import RATES


class Board(models.Model):
    """A way to rank: a filter on the votes, and a method. An empty filter takes them all."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    method = models.CharField(_("method"), max_length=50, default=DEFAULT_METHOD)
    parameters = models.JSONField(_("parameters of the method"), default=dict, blank=True)
    seed = models.PositiveIntegerField(_("seed"), default=0)
    rates = models.CharField(
        _("rates"),
        max_length=10,
        choices=RatedUnit.choices,
        default=RatedUnit.VERSIONS,
        db_default=RatedUnit.CARDS.value,
    )
    """A board that the release before makes beside this one rates cards, as all of its do."""
    category = models.CharField(_("category"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    days = models.PositiveSmallIntegerField(_("last days"), null=True, blank=True)
    without_presets = models.BooleanField(_("without sample pictures"), default=False)
    by_voter = models.BooleanField(_("errors clustered by voter"), default=False)
    source = models.CharField(_("source"), max_length=40, blank=True, default="", db_default="")
    """The source of imported votes that the board counts alone; empty for the arena's own."""
    group = models.ForeignKey(
        SurveyAnswer,
        models.PROTECT,
        to_field="key",
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("voters who said"),
    )
    """The answer whose givers alone the board speaks for."""
    population = models.ForeignKey(
        SurveyQuestion,
        models.PROTECT,
        to_field="slug",
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("weighted to the population of"),
    )
    """The question by whose stated shares votes are weighted."""
    active = models.BooleanField(_("active"), default=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        db_table = "leaderboard_board"
        verbose_name = _("board")
        verbose_name_plural = _("boards")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def speaks_for(self) -> str:
        """Return the answer, or the question, by which the board chooses voters; empty for none."""
        return self.group_id or self.population_id or ""


class Snapshot(AppendOnly):
    """A computed leaderboard. Its body is a function of the ledger up to a number and of the
    method with its parameters: the same ledger gives the same bytes, under the same ``etag``.

    The body of an old snapshot may be empty (``services.pruning``);
    ``services.reproduction.snapshot_body`` computes it again."""

    board = models.ForeignKey(
        Board, models.PROTECT, related_name="snapshots", verbose_name=_("board")
    )
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"))
    ledger_hash = models.CharField(_("hash of that entry"), max_length=64)
    method = models.CharField(_("method"), max_length=50)
    parameters = models.JSONField(_("parameters"))
    seed = models.PositiveIntegerField(_("seed"))
    filter = models.JSONField(_("filter"), default=dict)
    """Category, language, since (ISO day), without_presets, by_voter, source, group; empty: every
    vote."""
    code_version = models.CharField(_("version of the arena"), max_length=50)
    body = models.TextField(_("body"))
    etag = models.CharField(_("SHA-256 of the body"), max_length=64)
    created_at = models.DateTimeField(_("computed"), auto_now_add=True)

    objects = AppendOnlyManager()

    class Meta:
        db_table = "leaderboard_snapshot"
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        get_latest_by = "id"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["board", "-id"], name="leaderboard_snapshot_latest"),
            models.Index(
                fields=["board", "-id"],
                name="leaderboard_snapshot_text",
                condition=~models.Q(body=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board_id} @ {self.ledger_number}"

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Return the rows, the best first, of a snapshot that has its body.

        They are as ``arena.rating.fit`` writes them; ``model`` is a slug, or that and a number.
        """
        rows: list[dict[str, Any]] = json.loads(self.body)["rows"]
        return rows

    @property
    def rated(self) -> RatedUnit:
        """Return what the rows rate; one that does not say it rated cards."""
        return RatedUnit(self.parameters.get(RATES, RatedUnit.CARDS))

    @property
    def details(self) -> dict[str, Any]:
        """Return what the fit found beside the rows; empty in snapshots of before."""
        found: dict[str, Any] = json.loads(self.body).get("details", {})
        return found


class SnapshotStrengths(models.Model):
    """The strengths behind a board's newest snapshot: what its rows leave out. One row a board.

    ``numbers`` holds theta [M] and the covariance [M, M] in natural-log odds, one after the other,
    as little-endian 32-bit floats; ``names`` are the M rated models, ``first`` the probability
    of each to be the best. Outside of the snapshot's body, so that it changes no hash.
    """

    board = models.OneToOneField(
        Board, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("board")
    )
    snapshot = models.OneToOneField(
        Snapshot, models.CASCADE, related_name="strengths", verbose_name=_("snapshot")
    )
    names = models.JSONField(_("rated models"))
    first = models.JSONField(_("probabilities to be the best"))
    numbers = models.BinaryField(_("strengths and covariance"))

    class Meta:
        verbose_name = _("strengths of a snapshot")
        verbose_name_plural = _("strengths of snapshots")

    def __str__(self) -> str:
        return str(self.snapshot_id)
