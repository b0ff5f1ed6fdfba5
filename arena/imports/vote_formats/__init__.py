"""Formats of other arenas' votes: one file each, found by its name.

A format has a ``TITLE`` and ``read``, which makes votes of an open file.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import BinaryIO, Protocol, cast

from arena.rating.vote_file import VoteFile


class VoteFormat(Protocol):
    """A module of this folder."""

    TITLE: str

    def read(
        self, stream: BinaryIO, name: str, *, winner: str | None, share: float
    ) -> tuple[VoteFile, list[str]]:
        """Return the votes of a file, with notes on what was left out on purpose.

        Raises UnusableFile, as ``arena.rating.vote_file.read_votes`` does.
        """
        ...


@cache
def vote_formats() -> dict[str, VoteFormat]:
    """Return every format by name, as ``--format`` takes it."""
    found = sorted(one.name for one in iter_modules(__path__) if not one.name.startswith("_"))
    return {
        name.replace("_", "-"): cast("VoteFormat", import_module(f"{__name__}.{name}"))
        for name in found
    }
