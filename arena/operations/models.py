"""Second factors whose secrets are sealed, for django-otp's own tables hold them in the clear; and
the log of what operators do."""

from __future__ import annotations

from binascii import unhexlify

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from arena.core.append_only import AppendOnly, AppendOnlyManager
from arena.operations import sealing


class AppDevice(TOTPDevice):  # type: ignore[misc]  # the library has no types
    """An authenticator app. Its row's own ``key`` is a random number that opens nothing: a release
    from before finds a key there, and lets nobody in by it."""

    class Meta:
        proxy = True
        default_permissions = ()

    @property
    def bin_key(self) -> bytes:
        """Return the key. Raises BrokenSeal, or SealedKey.DoesNotExist for a row of a release from
        before."""
        sealed: SealedKey = self.sealed_key
        return unhexlify(sealing.unseal(sealed.ciphertext, account=self.user_id))


class PaperDevice(StaticDevice):  # type: ignore[misc]  # the library has no types
    """Codes on paper, each of which opens once."""

    class Meta:
        proxy = True
        default_permissions = ()

    def verify_token(self, token: str) -> bool:
        """Take the code away if it is one of these; else the next try has to wait."""
        if not self.verify_is_allowed()[0]:
            return False
        for code in self.sealed_codes.all():
            if constant_time_compare(sealing.unseal(code.ciphertext, account=self.user_id), token):
                code.delete()
                break
        else:
            self.throttle_increment()
            return False
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True


class SealedKey(models.Model):
    """The key of an app, hex and sealed."""

    device = models.OneToOneField(
        TOTPDevice, models.CASCADE, primary_key=True, related_name="sealed_key"
    )
    ciphertext = models.TextField(editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"key of device {self.device_id}"


class SealedCode(models.Model):
    """A code on paper, sealed."""

    device = models.ForeignKey(StaticDevice, models.CASCADE, related_name="sealed_codes")
    ciphertext = models.TextField(editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"code of device {self.device_id}"


class AuditOutcome(models.TextChoices):
    """The ways in which a request of an operator ends."""

    DONE = "done", _("done")
    UNCHANGED = "unchanged", _("nothing was changed")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("broke off")


class AuditEntry(AppendOnly):
    """Something that an operator has asked for: written before it is done, never changed.

    It holds no value that was typed in: names of fields and keys of rows alone.
    """

    at = models.DateTimeField(_("when"), auto_now_add=True)
    account = models.CharField(_("who"), max_length=150)
    """A name, not a relation: it outlives the account."""
    action = models.CharField(_("what"), max_length=100)
    subject = models.CharField(_("kind of row"), max_length=100, blank=True)
    rows = models.TextField(_("on which"), blank=True)
    network = models.CharField(_("network bucket"), max_length=32, blank=True)

    objects = AppendOnlyManager()

    class Meta:
        verbose_name = _("entry of the audit log")
        verbose_name_plural = _("audit log")
        default_permissions = ("view",)
        # No model of ours holds accounts, and a permission needs a model.
        permissions = [("manage_accounts", _("Can write accounts and give them roles"))]
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["account", "-id"], name="operations_audit_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.action}"


class AuditResult(AppendOnly):
    """The end of the request of an entry. An entry without one was cut off by the end of the
    process."""

    entry = models.OneToOneField(
        AuditEntry, models.PROTECT, primary_key=True, related_name="result"
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=AuditOutcome.choices)
    detail = models.TextField(_("what was changed"), blank=True)

    objects = AppendOnlyManager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=AuditOutcome.values), name="operations_audit_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return self.outcome


class ExternalAccount(models.Model):
    """An account whose owner signs in elsewhere: by a subject of an OpenID Connect provider."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="external_account"
    )
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="operations_external_account_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class BackupRun(AppendOnly):
    """A backup that ended, well or not; how it ended is what an alarm is made of."""

    ended_at = models.DateTimeField(_("ended"), auto_now_add=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    """Empty where the file is whole."""

    objects = AppendOnlyManager()

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.problem or "whole"
