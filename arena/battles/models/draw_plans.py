"""The plan of the draw: pairs of models with their probabilities."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DrawPlan(models.Model):
    """Pairs of model cards with their probabilities; the newest one is in force."""

    policy = models.CharField(_("policy"), max_length=20)
    pairs = models.JSONField(_("pairs"), help_text=_("[slug, slug, probability], summing to 1"))
    basis = models.CharField(_("made from"), max_length=64, blank=True, editable=False)
    """SHA-256 of ledger, policy and weights: a plan that is in force is not made again."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("draw plan")
        verbose_name_plural = _("draw plans")
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self.policy} {self.created_at:%Y-%m-%d %H:%M}"
