"""Keys of endpoints as ciphertext, each bound to the base URL that it may be sent to.

The site seals what an operator types, the worker unseals it for one request; nothing in between,
and no database, ever holds a key in the clear. With two keys, the first seals and both unseal:
put the new one before the old, seal anew what the old one sealed, then drop it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class BrokenSeal(ValueError):
    """The secret was not sealed with any of these keys, or for another base URL."""


def seal(secret: str, *, base_url: str, keys: Sequence[str]) -> str:
    """Ciphertext that only ``unseal`` with the same base URL gives back. Raises BrokenSeal."""
    content = json.dumps({"base_url": _normal(base_url), "secret": secret})
    return _fernet(keys).encrypt(content.encode()).decode()


def unseal(sealed: str, *, base_url: str, keys: Sequence[str]) -> str:
    """The secret. Raises BrokenSeal, whose message tells nothing of it."""
    try:
        content = json.loads(_fernet(keys).decrypt(sealed.encode()))
    except InvalidToken:
        raise BrokenSeal("not sealed with one of these keys") from None
    if content["base_url"] != _normal(base_url):
        raise BrokenSeal("sealed for another base URL")
    return str(content["secret"])


def reseal(sealed: str, *, keys: Sequence[str]) -> str:
    """The same secret under the first key. Raises BrokenSeal."""
    try:
        return _fernet(keys).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise BrokenSeal("not sealed with one of these keys") from None


def is_sealed_with(sealed: str, *, keys: Sequence[str]) -> bool:
    """Return whether one of the keys opens the ciphertext, for whatever base URL.

    Raises BrokenSeal for a key that is malformed.
    """
    if not keys:
        return False
    try:
        _fernet(keys).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _normal(base_url: str) -> str:
    return base_url.rstrip("/")


def _fernet(keys: Sequence[str]) -> MultiFernet:
    if not keys:
        raise BrokenSeal("there is no key to seal with: ARENA_SEALING_KEY")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise BrokenSeal("a key of ARENA_SEALING_KEY is not 32 bytes in url-safe base64") from None
