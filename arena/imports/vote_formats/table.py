"""A plain table: CSV, JSON, JSON lines or Parquet with model_a, model_b and winner."""

from __future__ import annotations

from typing import BinaryIO

from arena.rating.vote_file import VoteFile, read_votes

TITLE = "plain table (CSV, JSON, JSON lines, Parquet): model_a, model_b, winner"


def read(
    stream: BinaryIO, name: str, *, winner: str | None, share: float
) -> tuple[VoteFile, list[str]]:
    """Read every row as a vote."""
    return read_votes(stream, name, winner=winner, share=share), []
