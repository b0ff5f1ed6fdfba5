"""Labels of turns, and the label set under which a battle's vote is counted.

No content: a label stays when its turn's text and image are erased.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, Turn
from arena.core.one_line import one_line
from arena.labels.states import LabelKind, LabelSource


class LabelSet(models.Model):
    """Labels that a vote is counted under: language, category, and whether the picture is a sample
    (``preset``). Empty is undetermined."""

    language = models.CharField(_("language"), max_length=12, blank=True)
    category = models.CharField(_("category"), max_length=20, blank=True)
    preset = models.BooleanField(_("sample picture"), default=False)

    class Meta:
        verbose_name = _("label set")
        verbose_name_plural = _("label sets")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "category", "preset"], name="labels_set_once"
            ),
            models.CheckConstraint(
                condition=one_line("language", "category"), name="labels_set_one_line"
            ),
        ]

    def __str__(self) -> str:
        words = [self.language, self.category, "preset" if self.preset else ""]
        return " ".join(word for word in words if word) or "-"

    @property
    def facts(self) -> dict[str, Any]:
        """Return what tells it from the others."""
        return {"language": self.language, "category": self.category, "preset": self.preset}


class Label(models.Model):
    """The statement of what one turn is, and by whom. An empty value says: looked, undetermined."""

    turn = models.ForeignKey(Turn, models.CASCADE, related_name="labels", verbose_name=_("turn"))
    kind = models.CharField(_("kind"), max_length=10, choices=LabelKind.choices)
    value = models.CharField(_("value"), max_length=20, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=LabelSource.choices)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "kind"], name="labels_label_once"),
            models.CheckConstraint(
                condition=Q(kind__in=LabelKind.values), name="labels_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(source__in=LabelSource.values), name="labels_source_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.turn_id}: {self.kind} {self.value}"


class BattleLabels(models.Model):
    """The label set of a battle: that of its first turn."""

    battle = models.OneToOneField(
        Battle,
        models.CASCADE,
        primary_key=True,
        related_name="labels",
        verbose_name=_("battle"),
    )
    labels = models.ForeignKey(
        LabelSet, models.PROTECT, related_name="battles", verbose_name=_("labels")
    )
    stale = models.BooleanField(
        _("changed since the ledger took the vote"), default=False, editable=False
    )

    class Meta:
        verbose_name = _("labels of a battle")
        verbose_name_plural = _("labels of battles")
        ordering = ["-battle_id"]
        permissions = [("view_picture", _("Can view the pictures of voters"))]
        indexes = [
            models.Index(fields=["battle"], name="labels_battle_stale", condition=Q(stale=True))
        ]

    def __str__(self) -> str:
        return f"{self.battle_id}: {self.labels}"
