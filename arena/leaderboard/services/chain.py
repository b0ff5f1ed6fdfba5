"""The chain of hashes through the ledger: what an entry's hash covers, byte for byte."""

from __future__ import annotations

import hashlib
import json

from arena.leaderboard.selectors import Event, Names
from arena.leaderboard.states import Result

WORDS = {result.value: result.name.lower() for result in Result}
"""How the chain spells outcomes."""


def facts(event: Event, names: Names) -> str:
    """Kind, source, number, both slugs, outcome, reason, day, labels: a line each.

    The number is that of the vote where ``source`` is empty, else that in the source. The database
    lets no line break into any of them, so the lines say which fact is which: no two lists of facts
    have the same text.
    """
    kind, vote, source, key, card_a, card_b, outcome, reason, labels, day, _ = event
    return (
        f"{kind}\n{source}\n{vote if key is None else key}\n{names.slugs[card_a]}\n"
        f"{names.slugs[card_b]}\n{WORDS[outcome]}\n{reason}\n{day}\n{names.labels[labels]}"
    )


def chain(previous: str, facts: str) -> str:
    """SHA-256 over the hash before and the facts, in hexadecimal."""
    return hashlib.sha256(f"{previous}\n{facts}".encode()).hexdigest()


def early_chain(previous: str, event: Event, names: Names) -> str:
    """The hash of an entry from before days and labels: SHA-256 over a JSON list."""
    slugs = (names.slugs[event.card_a], names.slugs[event.card_b])
    facts = [previous, event.kind, event.vote, *slugs, WORDS[event.outcome], event.reason]
    return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()
