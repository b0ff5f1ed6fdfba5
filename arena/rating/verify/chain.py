"""The chain of hashes through the ledger: the text of an entry that its hash covers.

The site chains its ledger by these functions, too: there is one spelling of each format.
"""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

GENESIS = "0" * 64
"""The text that stands for the hash before the first entry."""
CARDS, VERSIONS = 1, 2
"""Formats of entries, by what they name. Some of the first are from before days and labels."""


class EntryFacts(NamedTuple):
    """The facts of one entry; ``outcome`` is `a`, `b`, `tie` or `both_bad`, ``day`` an ISO date."""

    kind: str
    source: str
    vote_number: int
    model_a: str
    version_a: int
    model_b: str
    version_b: int
    outcome: str
    reason: str
    day: str
    language: str
    category: str
    preset: bool


def chained(previous: str, text: str) -> str:
    """Return the SHA-256 over the hash before and an entry's text, in hexadecimal."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def text_with_cards(
    kind: str,
    source: str,
    number: int | None,
    models: str,
    outcome: str,
    reason: str,
    day: str,
    labels: str,
) -> str:
    """Return the text of an entry that names models without versions, a line for each fact.

    ``models`` has a line for each model, ``labels`` lines for language, category and preset. No
    fact holds a line break, so the lines say which fact is which: no two lists of facts have the
    same text, and none has that of ``text_with_versions``.
    """
    return f"{kind}\n{source}\n{number}\n{models}\n{outcome}\n{reason}\n{day}\n{labels}"


def text_with_versions(
    kind: str,
    source: str,
    number: int | None,
    versions: str,
    outcome: str,
    reason: str,
    day: str,
    labels: str,
) -> str:
    """Return the text of an entry that names versions: two lines for each, model and number."""
    return f"2\n{kind}\n{source}\n{number}\n{versions}\n{outcome}\n{reason}\n{day}\n{labels}"


def early_hash(
    previous: str, kind: str, number: int | None, models: tuple[str, str], outcome: str, reason: str
) -> str:
    """Return the hash of an entry from before days and labels: SHA-256 over a JSON list."""
    kept = [previous, kind, number, *models, outcome, reason]
    return hashlib.sha256(json.dumps(kept, separators=(",", ":")).encode()).hexdigest()


def entry_with_versions(previous: str, facts: EntryFacts) -> str:
    """Return the hash of a published entry that names versions."""
    kind, source, number, a, version_a, b, version_b, outcome, reason, day, *_ = facts
    versions = f"{a}\n{version_a}\n{b}\n{version_b}"
    about = (kind, source, number, versions, outcome, reason, day, _labels(facts))
    return chained(previous, text_with_versions(*about))


def entry_with_cards(previous: str, facts: EntryFacts) -> str:
    """Return the hash of a published entry that names models without versions."""
    kind, source, number, a, _, b, _, outcome, reason, day, *_ = facts
    about = (kind, source, number, f"{a}\n{b}", outcome, reason, day, _labels(facts))
    return chained(previous, text_with_cards(*about))


def early_entry(previous: str, facts: EntryFacts) -> str:
    """Return the hash of a published entry from before days and labels."""
    models = (facts.model_a, facts.model_b)
    return early_hash(previous, facts.kind, facts.vote_number, models, facts.outcome, facts.reason)


def _labels(facts: EntryFacts) -> str:
    return f"{facts.language}\n{facts.category}\n{facts.preset:d}"
