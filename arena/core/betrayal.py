"""Does an answer name its model or who made it? Such a vote is kept, but it doesn't count."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Vendors and families that models name themselves after; the catalogue's names are added.
FAMILIES = (
    "openai", "chatgpt", "gpt-4", "gpt-4o", "gpt-5", "anthropic", "gemini", "deepmind",
    "mistral ai",
    "pixtral", "qwen", "alibaba cloud", "tongyi", "deepseek", "llava", "internvl", "smolvlm",
    "moondream", "paligemma", "molmo", "idefics", "cogvlm", "minicpm", "zhipu", "yi-vl",
)  # fmt: skip

_SHORTEST = 4
"""Shorter names are everyday words more often than names."""


def betrays(text: str, names: Iterable[str]) -> bool:
    """Whether ``text`` has one of the names or families in it, as a whole word."""
    words = {name.strip().lower() for name in (*FAMILIES, *names)}
    known = sorted(word for word in words if len(word) >= _SHORTEST)
    pattern = "|".join(re.escape(word) for word in known)
    return re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text.lower()) is not None
