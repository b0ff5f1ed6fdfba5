"""Battles as LMArena publishes them, VisionArena's among them."""

from __future__ import annotations

from typing import BinaryIO

from arena.imports.vote_rows import read_blind_votes
from arena.rating.vote_file import VoteFile

TITLE = "battles of LMArena and VisionArena (Parquet, JSON, JSON lines)"


def read(
    stream: BinaryIO, name: str, *, winner: str | None, share: float
) -> tuple[VoteFile, list[str]]:
    """Read blind votes; the winner is a side or a kind of tie."""
    return read_blind_votes(stream, name, winner=winner or "sides", share=share)
