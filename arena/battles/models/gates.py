"""Verdicts of the gates on a battle that began."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.battles.models.battles import Battle
from arena.gates.states import GateVerdict


class GateResult(models.Model):
    """The verdict of a gate on a battle, and what it rests on; nothing in it names anybody."""

    battle = models.ForeignKey(
        Battle, models.CASCADE, related_name="gate_results", verbose_name=_("battle")
    )
    gate = models.CharField(_("gate"), max_length=40)
    verdict = models.CharField(_("verdict"), max_length=8, choices=GateVerdict.choices)
    source = models.CharField(_("source"), max_length=100)

    class Meta:
        verbose_name = _("verdict of a gate")
        verbose_name_plural = _("verdicts of gates")
        ordering = ["gate"]
        constraints = [
            models.UniqueConstraint(fields=["battle", "gate"], name="battles_gate_result_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=GateVerdict.values), name="battles_gate_verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battle_id}/{self.gate}: {self.verdict}"
