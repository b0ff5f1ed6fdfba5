"""Changes of rankings that were told, and to whom they are still to be told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.boards.models import Board, Snapshot


class RankingChange(models.Model):
    """A board on which models stand elsewhere than at the change before.

    ``ranks`` holds each rated model's rank in ``snapshot``, by which the next change is found;
    ``moves`` what is told: the name of each model that moved with its rank before and now.
    """

    board = models.ForeignKey(Board, models.PROTECT, related_name="+", verbose_name=_("board"))
    snapshot = models.ForeignKey(
        Snapshot, models.PROTECT, related_name="+", verbose_name=_("snapshot")
    )
    ranks = models.JSONField(_("ranks"))
    moves = models.JSONField(_("moves"))
    created_at = models.DateTimeField(_("found"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of a ranking")
        verbose_name_plural = _("changes of rankings")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["board", "snapshot"], name="api_change_once"),
        ]

    def __str__(self) -> str:
        return f"{self.board_id} @ {self.snapshot_id}"


class WebhookDelivery(models.Model):
    """A change on its way to one address. The address itself may hold a secret: only its hash is
    kept, and an address that the settings no longer have gets nothing more."""

    change = models.ForeignKey(
        RankingChange, models.CASCADE, related_name="deliveries", verbose_name=_("change")
    )
    target = models.CharField(_("SHA-256 of the address"), max_length=64)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"))
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    problem = models.CharField(_("last problem"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("delivery of a change")
        verbose_name_plural = _("deliveries of changes")
        constraints = [
            models.UniqueConstraint(fields=["change", "target"], name="api_delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="api_delivery_due",
                condition=models.Q(delivered_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.change_id} to {self.target[:8]}"
