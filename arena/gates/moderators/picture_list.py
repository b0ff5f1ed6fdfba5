"""Known pictures by perceptual hash, from the operator's own file: a category and a hash a line.

A line is ``category: 16 hexadecimal digits``, as ``imagehash.phash`` and the admin's trial of the
gates give them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from arena.core.fingerprints import distance, fingerprint
from arena.gates.judgements import Judgement, ModeratedContent, found
from arena.gates.rule_files import category_lines

MOST_DISTANCE = 10
"""Bits in which two pictures may differ and still be one. Of 60 sample pictures no two differ in
fewer than 14, and no re-encoded, halved, noisy or slightly cropped one in more than 10."""


def is_configured() -> bool:
    """Return whether the operator has named a file."""
    return bool(settings.MODERATION_PICTURES)


def judge(content: ModeratedContent) -> Judgement:
    """Return the categories of the known pictures that this one is. Raises OSError and ValueError
    for a file that can't be read."""
    path = Path(settings.MODERATION_PICTURES)
    known = _known(path, path.stat().st_mtime_ns)
    if not content.picture:
        return found(frozenset())
    mine = fingerprint(content.picture)
    near = (category for category, one in known if distance(mine, one) <= MOST_DISTANCE)
    return found(frozenset(near))


@lru_cache(maxsize=4)
def _known(path: Path, _changed: int) -> list[tuple[str, str]]:
    rows = category_lines(path)
    for _category, digits in rows:
        if len(digits) != 16 or int(digits, 16) < 0:
            raise ValueError(f"{path}: {digits[:20]!r} is no hash of 16 hexadecimal digits")
    return rows
