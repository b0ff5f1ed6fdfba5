"""Secrets of accounts as ciphertext: those of the database are none to who reads the database."""

from __future__ import annotations

import base64

from django.conf import settings
from django.utils.crypto import salted_hmac

from inference_worker.wire import sealed
from inference_worker.wire.sealed import BrokenSeal

__all__ = ["BrokenSeal", "account_keys", "seal", "unseal"]


def seal(secret: str, *, account: int) -> str:
    """Return ciphertext that opens for this account alone."""
    return sealed.seal(secret, base_url=_purpose(account), keys=account_keys())


def unseal(ciphertext: str, *, account: int) -> str:
    """Return the secret. Raises BrokenSeal for another account's, or without the key of then."""
    return sealed.unseal(ciphertext, base_url=_purpose(account), keys=account_keys())


def _purpose(account: int) -> str:
    """Return what stands where an endpoint's key has its address: neither passes for the other."""
    return f"second-factor:{account}"


def account_keys() -> list[str]:
    """Return the keys of ARENA_SEALING_KEY, then the one that the secret key gives, for sites
    without any."""
    own = salted_hmac("arena.operations.sealing", "accounts", algorithm="sha256").digest()
    return [*settings.SEALING_KEYS, base64.urlsafe_b64encode(own).decode()]
