"""Proofs of work in ALTCHA's second format: challenges, their solutions, and a store of used ones.

The reference library checks signature, expiry and solution. It does not remember what was used, so
each proof is taken once by a key in Redis, or in this process while Redis can't keep one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections import OrderedDict
from threading import Lock
from typing import Any

import altcha
from django.conf import settings
from redis.exceptions import RedisError

from arena.core.redis import client

log = logging.getLogger(__name__)

ALGORITHM = "PBKDF2/SHA-256"
COST = 2_000
"""Rounds of one key: below a millisecond on a phone of today."""
LEAST_KEYS, MOST_KEYS = 600, 1400
"""Keys that a browser derives before it finds the one that is asked for."""
SECONDS = 600
"""The time for which a challenge may be answered."""
MOST_CHARACTERS = 4_000
_KEPT = 100_000


def challenge() -> dict[str, Any]:
    """Return a challenge for a browser. It is signed, so nothing of it is stored."""
    counter = LEAST_KEYS + secrets.randbelow(MOST_KEYS - LEAST_KEYS)
    made = altcha.create_challenge(
        ALGORITHM,
        COST,
        counter=counter,
        expires_at=int(time.time()) + SECONDS,
        hmac_secret=_key("challenge"),
        hmac_key_secret=_key("solution"),
    )
    return made.to_dict()


def is_valid(proof: str) -> bool:
    """Return whether a proof answers a challenge of ours in time, and for the first time."""
    if len(proof) > MOST_CHARACTERS:
        return False
    result = altcha.verify_solution(proof, _key("challenge"), hmac_key_secret=_key("solution"))
    return bool(result.verified) and _take(
        str(json.loads(base64.b64decode(proof))["challenge"]["signature"]).lower()
    )


def _key(purpose: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"proof:{purpose}".encode(), hashlib.sha256).hexdigest()


_own: OrderedDict[str, None] = OrderedDict()
_lock = Lock()


def _take(signature: str) -> bool:
    try:
        return bool(client().set(f"va:proof:{signature}", 1, nx=True, ex=SECONDS + 60))
    except RedisError as error:
        log.warning("used proofs are kept by each process: %s", type(error).__name__)
    with _lock:
        if signature in _own:
            return False
        _own[signature] = None
        if len(_own) > _KEPT:
            _own.popitem(last=False)
    return True
