"""Sides that were given to another model, because the first one failed before it had begun."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.battles.models.battles import Generation
from arena.catalog.models import ModelVersion


class SideReplacement(models.Model):
    """A replacement: the model that was drawn first and failed, the one that answers, the draws.

    No voter has seen a word of the first one, and the battle does not count for it: the probability
    of the battle is that of the pair that was shown.
    """

    generation = models.ForeignKey(
        Generation, models.CASCADE, related_name="replacements", verbose_name=_("generation")
    )
    failed = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="+", verbose_name=_("version that failed")
    )
    chosen = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="+", verbose_name=_("version in its place")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt that failed"))
    code = models.CharField(_("failure"), max_length=20)
    draw_policy = models.CharField(_("policy of the first draw"), max_length=20)
    draw_probability = models.FloatField(_("probability of the first pair"))
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("side given to another model")
        verbose_name_plural = _("sides given to other models")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.generation_id}: {self.failed_id} > {self.chosen_id}"
