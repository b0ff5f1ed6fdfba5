"""Accounts of voters. They open a voter's own battles alone: operators' are Django's users."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from arena.voters.models import Voter


class VoterAccount(models.Model):
    """A name with a password, or a provider's subject, by which a voter is found again.

    ``sign_in_name`` is the name as it is compared, and empty for one of a provider.
    """

    voter = models.OneToOneField(Voter, models.CASCADE, primary_key=True, related_name="account")
    name = models.CharField(max_length=150)
    sign_in_name = models.CharField(max_length=100, blank=True)
    password = models.CharField(max_length=128, blank=True)
    issuer = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["sign_in_name"], name="accounts_name", condition=~Q(sign_in_name="")
            ),
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="accounts_subject", condition=~Q(subject="")
            ),
        ]

    def __str__(self) -> str:
        return self.name
