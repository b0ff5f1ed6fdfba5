"""Battles that their voters have given a public page."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle


def new_token() -> str:
    """Return 128 random bits: nobody finds a shared page who was not given its address."""
    return secrets.token_urlsafe(16)


class SharedBattle(models.Model):
    """A battle that anybody may see who has the address; gone once its voter takes it back."""

    battle = models.OneToOneField(
        Battle, models.CASCADE, related_name="shared", verbose_name=_("battle")
    )
    token = models.CharField(_("address"), max_length=32, unique=True, default=new_token)
    wording = models.CharField(_("wording agreed to"), max_length=20)
    created_at = models.DateTimeField(_("shared"), auto_now_add=True)

    class Meta:
        verbose_name = _("shared battle")
        verbose_name_plural = _("shared battles")

    def __str__(self) -> str:
        return self.token
