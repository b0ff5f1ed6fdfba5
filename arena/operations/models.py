"""Second factors whose secrets are sealed: django-otp's own tables hold them in the clear."""

from __future__ import annotations

from binascii import unhexlify

from django.db import models
from django.utils.crypto import constant_time_compare
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

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
        found = next((code for code in self.sealed_codes.all() if self._is(code, token)), None)
        if found is None:
            self.throttle_increment()
            return False
        found.delete()
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def _is(self, code: SealedCode, token: str) -> bool:
        return constant_time_compare(sealing.unseal(code.ciphertext, account=self.user_id), token)


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
