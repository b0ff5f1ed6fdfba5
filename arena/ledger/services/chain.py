"""The chain of hashes through the ledger: the texts that the hashes of its entries cover."""

from __future__ import annotations

from arena.ledger.selectors.events import LedgerEvent
from arena.ledger.selectors.votes import ChainNames
from arena.ledger.states import VoteResult
from arena.rating.verify.chain import early_hash, text_with_cards, text_with_versions

WORDS = {result.value: result.name.lower() for result in VoteResult}
"""The words for outcomes in the chain."""


def facts(event: LedgerEvent, names: ChainNames) -> str:
    """Return the text of an entry that names versions.

    Its number is that of the vote where ``source`` is empty, else that in the source.
    """
    kind, vote, source, key, _, _, version_a, version_b, outcome, reason, labels, day, _ = event
    versions = f"{names.versions[version_a or 0]}\n{names.versions[version_b or 0]}"
    number = vote if key is None else key
    about = (kind, source, number, versions, WORDS[outcome], reason, day, names.labels[labels])
    return text_with_versions(*about)


def card_facts(event: LedgerEvent, names: ChainNames) -> str:
    """Return the text of an entry of 0.1.0, which names cards: as above, without versions."""
    kind, vote, source, key, card_a, card_b, _, _, outcome, reason, labels, day, _ = event
    models = f"{names.slugs[card_a]}\n{names.slugs[card_b]}"
    number = vote if key is None else key
    about = (kind, source, number, models, WORDS[outcome], reason, day, names.labels[labels])
    return text_with_cards(*about)


def early_chain(previous: str, event: LedgerEvent, names: ChainNames) -> str:
    """Return the hash of an entry from before days and labels."""
    models = (names.slugs[event.card_a], names.slugs[event.card_b])
    about = (event.kind, event.vote, models, WORDS[event.outcome], event.reason)
    return early_hash(previous, *about)
