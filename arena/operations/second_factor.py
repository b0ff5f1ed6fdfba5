"""A second factor for operators: the codes of an app, and ten that are kept on paper.

It is asked of whoever has turned it on; `manage.py second_factor` does that, and shows the secrets
once. The database has them sealed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from arena.operations.groups import OWNER
from arena.operations.models import AppDevice, PaperDevice, SealedCode, SealedKey
from arena.operations.sealing import BrokenSeal, seal

log = logging.getLogger(__name__)

NAME = "app"
PAPER_CODES = 10
_APP_DIGITS = 6


@dataclass(frozen=True, slots=True)
class FactorEnrolment:
    """The secrets that the operator takes over, once."""

    url: str
    """An ``otpauth://`` address, for the app's camera."""
    paper: tuple[str, ...]


@transaction.atomic
def turn_on(user: User) -> FactorEnrolment:
    """New codes; what was there before is worth nothing any more."""
    turn_off(user)
    device = AppDevice.objects.create(user=user, name=NAME)
    SealedKey.objects.create(device=device, ciphertext=seal(default_key(), account=user.pk))
    paper = PaperDevice.objects.create(user=user, name="paper")
    codes = tuple(StaticToken.random_token() for _ in range(PAPER_CODES))
    for code in codes:
        SealedCode.objects.create(device=paper, ciphertext=seal(code, account=user.pk))
    return FactorEnrolment(device.config_url, codes)


@transaction.atomic
def turn_off(user: User) -> None:
    """Remove the second factor: from now on the password is enough."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def is_on(user: User) -> bool:
    """Return whether a code is asked of this operator. Paper comes with an app: one query is
    enough."""
    return bool(TOTPDevice.objects.filter(user=user).exists())


def is_demanded(user: User) -> bool:
    """Return whether a role of this account asks for a second factor, as the site's settings say. A
    superuser has the role of an owner."""
    roles = settings.SECOND_FACTOR_ROLES
    if not roles:
        return False
    if user.is_superuser and OWNER in roles:
        return True
    return bool(user.groups.filter(name__in=roles).exists())


def is_lacking(user: User) -> bool:
    """Return whether a role asks for a second factor that the account has not turned on."""
    return is_demanded(user) and not is_on(user)


def is_asked_of(user: User) -> bool:
    """Return whether a session that was opened by a password alone is not enough."""
    return is_on(user) or is_demanded(user)


def device_of(user: User, code: str) -> Device | None:
    """Return the device that the code is of, if it may be asked now; each wrong code makes the next
    wait. An app's code is never tried on paper: a wrong one would lock both.
    """
    kind = AppDevice if len(code) == _APP_DIGITS and code.isdigit() else PaperDevice
    with transaction.atomic():
        device = cast("Device | None", kind.objects.select_for_update().filter(user=user).first())
        try:
            opened = device is not None and device.verify_token(code)
        except (BrokenSeal, SealedKey.DoesNotExist):
            log.exception("the second factor of %s can't be opened; turn it on anew", user.pk)
            return None
    return device if opened else None
