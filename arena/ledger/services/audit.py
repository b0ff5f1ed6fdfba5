"""Verifying the ledger: its chain of hashes, and the counts beside what its entries add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from arena.ledger.models import GENESIS
from arena.ledger.selectors.audit import read_entries
from arena.ledger.selectors.events import LedgerEvent
from arena.ledger.selectors.votes import ChainNames, names
from arena.ledger.services.chain import WORDS, card_facts, early_chain, facts
from arena.ledger.services.counting import CountDifference
from arena.rating.verify.chain import chained

PIECE = 20_000
"""Entries in memory at a time."""


def broken_links(upto: int, tick: Callable[[int], None]) -> Iterator[str]:
    """Yield a sentence for each gap, and for each entry that does not follow from the one before.

    An entry that names versions is of the second format. Of the others, the first one with labels
    ends the time of the JSON list for good. No text of one format is one of another, so a version
    that is written into an entry, or taken out of it, changes its hash like any other fact.
    """
    formula: Callable[[str, LedgerEvent, ChainNames], str] = early_chain
    known, previous, last = names(), GENESIS, 0
    for number, hash_, event in read_entries(upto, PIECE):
        if number != last + 1:
            yield f"Entry {last + 1} is missing."
        elif gone := _names_what_is_gone(event, known):
            yield f"Entry {number} names {gone}."
        else:
            if event.version_a is None and formula(previous, event, known) != hash_:
                formula = _card_chain
            expected = _version_chain if event.version_a is not None else formula
            if expected(previous, event, known) != hash_:
                yield f"Entry {number} was changed: its hash does not follow from entry {last}."
        previous, last = hash_, number
        if not number % PIECE or number == upto:
            tick(number)


def _names_what_is_gone(event: LedgerEvent, known: ChainNames) -> str:
    """Return what an entry names that the catalogue does not have; empty where it has it all."""
    pair = ((event.card_a, event.version_a), (event.card_b, event.version_b))
    for card, version in pair:
        if card not in known.slugs:
            return "a model that is gone"
        if version is not None and known.cards.get(version) != card:
            return "a version that is not its model's"
    return "" if event.labels in known.labels else "labels that are gone"


def _card_chain(previous: str, event: LedgerEvent, known: ChainNames) -> str:
    return chained(previous, card_facts(event, known))


def _version_chain(previous: str, event: LedgerEvent, known: ChainNames) -> str:
    return chained(previous, facts(event, known))


def difference_in_words(difference: CountDifference) -> str:
    """Return it as in: first v1 - second v2, outcome a: 7 are counted, the ledger says 8."""
    known = names()
    one, other, outcome = difference.key[-3:]
    where = ""
    if len(difference.key) > 3:
        labels, day = difference.key[:2]
        under = known.labels.get(labels, f"gone ({labels})").split("\n")[:2]
        where = f", on {day} under {' '.join(filter(None, under)) or 'no label'}"
    said = [known.versions.get(key, f"gone ({key})").replace("\n", " v") for key in (one, other)]
    pair = " - ".join(said)
    counts = f"{difference.counted} are counted, the ledger says {difference.entered}."
    return f"{pair}, outcome {WORDS[outcome]}{where}: {counts}"
