"""Who votes: an anonymous, signed identity and what it agreed to."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Voter(models.Model):
    """One browser. ``network`` is a keyed hash of its network prefix: never an address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    network = models.CharField(_("network bucket"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    publish = models.BooleanField(_("agreed to publication"), null=True, blank=True)
    consent_version = models.CharField(_("wording agreed to"), max_length=20, blank=True)
    consent_at = models.DateTimeField(_("asked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("voter")
        verbose_name_plural = _("voters")

    def __str__(self) -> str:
        return str(self.id)
