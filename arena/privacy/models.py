"""The progress of the retention task."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RetentionMark(models.Model):
    """The key of the last battle that the retention task has looked at; one row, absent before the
    first run. A battle whose consent is withdrawn sets it back.
    """

    battle = models.PositiveBigIntegerField(_("battles up to this key were looked at"), default=0)

    class Meta:
        verbose_name = _("mark of the retention task")
        verbose_name_plural = _("marks of the retention task")

    def __str__(self) -> str:
        return str(self.battle)
