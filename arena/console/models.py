"""What needed an operator's attention, and to whom it was told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Alarm(models.Model):
    """A problem, from when it was first found until it was no longer there.

    There is one row for each thing that can go wrong: one that comes back opens its row again.
    """

    key = models.CharField(max_length=200, unique=True)
    text = models.CharField(_("what needs attention"), max_length=500)
    url = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("over since"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        default_permissions = ("view",)
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.text


class AlarmReceipt(models.Model):
    """The last that a receiver was told of an alarm: the mailbox, or the address of a webhook."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="receipts")
    receiver = models.CharField(max_length=64)
    """A hash: addresses of webhooks often contain a secret."""
    told_at = models.DateTimeField()
    is_open = models.BooleanField()
    """Whether the receiver was told that it is open, or else that it is over."""

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["alarm", "receiver"], name="console_alarm_receipt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id}: {self.receiver[:8]}"
