"""Boards, and the snapshots that were computed for them."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from arena.leaderboard.models.append_only import AppendOnly


class Board(models.Model):
    """A way to rank: a filter on the votes, and a method. An empty filter takes them all."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    method = models.CharField(_("method"), max_length=50, default="bradley_terry")
    parameters = models.JSONField(_("parameters of the method"), default=dict, blank=True)
    seed = models.PositiveIntegerField(_("seed"), default=0)
    category = models.CharField(_("category"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    days = models.PositiveSmallIntegerField(_("last days"), null=True, blank=True)
    without_presets = models.BooleanField(_("without sample pictures"), default=False)
    by_voter = models.BooleanField(_("errors clustered by voter"), default=False)
    active = models.BooleanField(_("active"), default=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("board")
        verbose_name_plural = _("boards")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Snapshot(AppendOnly):
    """One computed leaderboard. Its body is a function of the ledger up to a number and of the
    method with its parameters: the same ledger gives the same bytes, under the same ``etag``.

    Of old ones the body may be empty (``services.thin``); ``services.text_of`` has it again."""

    board = models.ForeignKey(
        Board, models.PROTECT, related_name="snapshots", verbose_name=_("board")
    )
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"))
    ledger_hash = models.CharField(_("hash of that entry"), max_length=64)
    method = models.CharField(_("method"), max_length=50)
    parameters = models.JSONField(_("parameters"))
    seed = models.PositiveIntegerField(_("seed"))
    filter = models.JSONField(_("filter"), default=dict)
    """Category, language, since (ISO day), without_presets, by_voter; empty: every vote."""
    code_version = models.CharField(_("version of the arena"), max_length=50)
    body = models.TextField(_("body"))
    etag = models.CharField(_("SHA-256 of the body"), max_length=64)
    created_at = models.DateTimeField(_("computed"), auto_now_add=True)

    class Meta:
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
        """Best first; as ``arena.rating.fit.Row.as_dict`` gives them, ``model`` being the slug.

        Only of a snapshot that has its body."""
        rows: list[dict[str, Any]] = json.loads(self.body)["rows"]
        return rows

    @property
    def details(self) -> dict[str, Any]:
        """What the fit found beside the rows; empty in snapshots from before there was any."""
        found: dict[str, Any] = json.loads(self.body).get("details", {})
        return found
