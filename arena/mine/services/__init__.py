"""What one browser may do with its own battles."""

from __future__ import annotations

from arena.mine.services.changing import VOTE_CHANGES, change_battles, follow_code
from arena.mine.services.exporting import own_archive
from arena.mine.services.transfer import UnknownCode, make_code, take_code

__all__ = [
    "VOTE_CHANGES",
    "UnknownCode",
    "change_battles",
    "follow_code",
    "make_code",
    "own_archive",
    "take_code",
]
