"""The answers of versions on trial to questions of battles: for operators, counted nowhere."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Turn
from arena.catalog.models import ModelVersion
from arena.shadows.states import ShadowState


class ShadowAnswer(models.Model):
    """The answer of a version that no voter meets to the first question of a battle.

    No board, no export and no page for readers reads this table.
    """

    version = models.ForeignKey(
        ModelVersion,
        models.PROTECT,
        related_name="shadow_answers",
        verbose_name=_("model version"),
    )
    turn = models.ForeignKey(
        Turn, models.CASCADE, related_name="shadow_answers", verbose_name=_("turn")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ShadowState.choices, default=ShadowState.ASKED
    )
    stream = models.CharField(max_length=60, unique=True, editable=False)
    fence = models.CharField(max_length=43, editable=False)
    asked_at = models.DateTimeField(_("asked"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    text = models.TextField(_("answer"), blank=True)
    code = models.CharField(_("failure"), max_length=20, blank=True)
    tokens = models.PositiveIntegerField(_("tokens"), default=0)
    first_text_ms = models.PositiveIntegerField(_("first text, ms"), default=0)
    total_ms = models.PositiveIntegerField(_("total, ms"), default=0)

    class Meta:
        verbose_name = _("shadow answer")
        verbose_name_plural = _("shadow answers")
        default_permissions = ("view",)
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ShadowState.values), name="shadows_answer_state_known"
            ),
            models.UniqueConstraint(fields=["version", "turn"], name="shadows_answer_once"),
        ]
        indexes = [
            models.Index(fields=["version", "asked_at"], name="shadows_answer_day"),
            models.Index(
                fields=["asked_at"],
                name="shadows_answer_open",
                condition=Q(state=ShadowState.ASKED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} on {self.turn_id}: {self.state}"
