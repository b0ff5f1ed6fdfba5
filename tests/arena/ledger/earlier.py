"""Entries as earlier releases wrote them: without versions, under the hashes of that time."""

from __future__ import annotations

from django.db.models import QuerySet

from arena.ledger.models import GENESIS, LedgerEntry
from arena.ledger.selectors.audit import read_entries
from arena.ledger.selectors.votes import names
from arena.ledger.services.chain import card_facts, early_chain
from arena.rating.verify.chain import chained


def write_as_before(upto, *, early=0):
    """Give the first entries the form of 0.1.0, and the ``early`` first that of before it."""
    known, previous = names(), GENESIS
    for number, _, event in list(read_entries(upto, 100)):
        previous = (
            early_chain(previous, event, known)
            if number <= early
            else chained(previous, card_facts(event, known))
        )
        fields = {"hash": previous, "version_a": None, "version_b": None}
        QuerySet(LedgerEntry).filter(number=number).update(**fields)
    return previous
