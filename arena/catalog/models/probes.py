"""The stored report of a probe: what was asked, what came back, and what it shows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.catalog.models.cards import ModelVersion
from arena.catalog.states import ProbeResult


class ProbeReport(models.Model):
    """A probe of a version. Its answers are those of the real worker."""

    version = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="reports", verbose_name=_("model version")
    )
    asked_at = models.DateTimeField(_("asked"))
    """Equals the version's ``tried_at`` for the probe that holds: an earlier one's end is void."""
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    result = models.CharField(
        _("result"), max_length=10, choices=ProbeResult.choices, default=ProbeResult.RUNNING
    )
    seen = models.BooleanField(_("a worker has begun"), default=False)
    cause = models.CharField(_("cause"), max_length=30, blank=True)
    """One of ``inference_worker.wire.causes``; empty for a probe that passed or still runs."""
    details = models.CharField(_("details"), max_length=500, blank=True)
    """The worker's words on the cause, cleaned of keys and cut: for operators alone."""
    worker = models.CharField(_("worker"), max_length=100, blank=True)
    outcome = models.JSONField(_("answers and measurements"), default=dict, blank=True)
    """The ``ProbeOutcome`` as JSON, without its fence; empty until it has ended."""
    checks = models.JSONField(_("findings"), default=list, blank=True)
    """The judgement on the answers: (name, result, words) for each, in order."""

    class Meta:
        verbose_name = _("report of a probe")
        verbose_name_plural = _("reports of probes")
        ordering = ["-pk"]
        get_latest_by = "pk"
        constraints = [
            models.CheckConstraint(
                condition=Q(result__in=ProbeResult.values), name="catalog_report_result_known"
            ),
            models.UniqueConstraint(
                fields=["version", "asked_at"], name="catalog_report_asked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.asked_at:%Y-%m-%d %H:%M}: {self.result}"
