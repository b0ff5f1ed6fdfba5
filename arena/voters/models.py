"""Voters: an anonymous, signed identity and its consent; invitations to a closed arena."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Voter(models.Model):
    """A browser that votes. ``network`` is a keyed hash of its prefix, never an address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    network = models.CharField(_("network bucket"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    account_since = models.DateTimeField(_("account since"), null=True, blank=True)
    sign_in_mark = models.CharField(max_length=32, blank=True, default="", db_default="")
    """Stands in the cookies of this voter; a new password changes it, which ends the sign-ins that
    were there. Empty until then."""
    publish = models.BooleanField(_("agreed to publication"), null=True, blank=True)
    consent_version = models.CharField(_("wording agreed to"), max_length=20, blank=True)
    consent_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    confirmed = models.CharField(
        _("age and terms confirmed"), max_length=60, blank=True, default="", db_default=""
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("voter")
        verbose_name_plural = _("voters")
        indexes = [
            models.Index(
                fields=["network"], name="voters_voter_network", condition=~models.Q(network="")
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Invitation(models.Model):
    """A link that lets whoever has it into a closed arena. The link is signed, and not stored."""

    label = models.CharField(
        _("for whom"), max_length=100, help_text=_("Only operators read this: a team, a person.")
    )
    most_members = models.PositiveIntegerField(
        _("members at most"), null=True, blank=True, help_text=_("Empty: any number.")
    )
    expires_at = models.DateTimeField(
        _("can be accepted until"),
        null=True,
        blank=True,
        help_text=_("Whoever has accepted it before stays a member."),
    )
    is_withdrawn = models.BooleanField(
        _("withdrawn"),
        default=False,
        help_text=_("Nobody can accept it any more, and its members are strangers again."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ("add", "change", "view")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.label


class Membership(models.Model):
    """A browser that has accepted an invitation."""

    voter = models.OneToOneField(Voter, models.CASCADE, primary_key=True, related_name="membership")
    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="memberships")
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.voter_id} by {self.invitation_id}"
