"""A row of an export for tuning: what is wrong with it, and whether it is kept from training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

HELD_OUT_PERCENT: Final = 20
"""The share of battles that are never trained on."""


def is_held_out(battle: str) -> bool:
    """Return whether a battle is kept from training: the same for each table and run."""
    return hashlib.sha256(battle.encode()).digest()[0] * 100 // 256 < HELD_OUT_PERCENT


def fault_of(row: Mapping[str, Any], table: str) -> str:
    """Return why nothing can be learned from a row; nothing where it is in order."""
    if table == "preference":
        chosen, rejected = text_of(row["chosen"]), text_of(row["rejected"])
        if not chosen.strip() or not rejected.strip():
            return "an answer without text"
        return "two equal answers" if chosen == rejected else ""
    answer = row["messages"][-1:] if table == "sft" else row["completion"]
    return "" if text_of(answer).strip() else "an answer without text"


def text_of(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return the words of messages."""
    parts = [part for message in messages for part in message["content"]]
    return "\n".join(part["text"] for part in parts if part["type"] == "text" and part["text"])


def placeholders(row: Mapping[str, Any]) -> int:
    """Return the number of places for pictures in the messages of a row."""
    messages = [message for value in row.values() for message in value]
    return sum(part["type"] == "image" for one in messages for part in one["content"])
