"""The health of a version: how its last answers ended, and whether it is drawn."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.catalog.models.cards import ModelVersion
from arena.catalog.states import HealthState, OutReason


class VersionHealth(models.Model):
    """The ends of a version's last answers, for a version that has ever failed.

    A table of its own: versions are immutable, and an answer that ends well writes nothing where
    none failed lately.
    """

    version = models.OneToOneField(
        ModelVersion,
        models.PROTECT,
        primary_key=True,
        related_name="health",
        verbose_name=_("model version"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=HealthState.choices, default=HealthState.WELL
    )
    marks = models.CharField(_("last ends"), max_length=20, blank=True)
    """Letters of ``states.MARKS``, the newest last, without those before the first failure."""
    failures = models.PositiveIntegerField(_("failures"), default=0)
    """All that there ever were: battles that brought no vote and were drawn all the same."""
    code = models.CharField(_("last failure"), max_length=20, blank=True)
    reason = models.CharField(
        _("why it is out"), max_length=10, choices=OutReason.choices, blank=True
    )
    since = models.DateTimeField(_("since"), null=True, blank=True)
    """When it last left the draw or came back."""
    check_at = models.DateTimeField(_("next check"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True)
    """Set while a check is under way."""
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    delays = models.PositiveSmallIntegerField(_("checks failed in a row"), default=0)

    class Meta:
        verbose_name = _("health of a version")
        verbose_name_plural = _("health of versions")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=HealthState.values), name="catalog_health_state_known"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["", *OutReason.values]),
                name="catalog_health_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.state}"
