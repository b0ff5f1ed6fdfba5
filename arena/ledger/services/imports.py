"""Votes that were cast elsewhere: entries of their own, named by source and number there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import NamedTuple

from arena.core.locks import exclusive
from arena.ledger.selectors import votes as ledger_votes
from arena.ledger.selectors.events import LedgerEvent, known_keys
from arena.ledger.selectors.head import LOCK
from arena.ledger.services.appending import append
from arena.ledger.services.folding import BATCH
from arena.ledger.services.imported_versions import imported_versions
from arena.ledger.states import EntryKind

SOURCE = re.compile(r"[a-z0-9][a-z0-9._/-]{0,39}")


class ImportedVote(NamedTuple):
    """A vote on two of this arena's cards. ``labels`` is the key of a label set, ``outcome`` the
    code that the maths reads."""

    key: int
    card_a: int
    card_b: int
    outcome: int
    day: date
    labels: int


def append_imported(*, source: str, votes: Iterable[ImportedVote]) -> int:
    """Append the votes that the ledger does not have from this source yet; return how many.

    They name versions of their own: of each card, the one of this source.

    Doing it again, or going on after it broke off, doubles nothing. Raises ValueError for a
    source that is not a short lower-case name, for a card or a label set that doesn't exist, and
    for a card that meets itself; the batches before that are in the ledger then.
    """
    if not SOURCE.fullmatch(source):
        raise ValueError(f"{source!r} is no name of a source")
    left, total = iter(votes), 0
    while piece := {vote.key: vote for vote in islice(left, BATCH)}:
        with exclusive(LOCK):
            known = known_keys(source, list(piece))
            new = [vote for key, vote in piece.items() if key not in known]
            names = ledger_votes.names()
            cards = {card for vote in new for card in vote[1:3]}
            labels = {vote.labels for vote in new}
            if not (cards <= names.slugs.keys() and labels <= names.labels.keys()):
                raise ValueError("a vote names a card or labels that this arena does not have")
            if any(vote.card_a == vote.card_b for vote in new):
                raise ValueError("a vote compares a card with itself")
            versions = imported_versions(source, cards)
            append(
                LedgerEvent(
                    *(_VOTE, None, source, key, a, b, versions[a], versions[b]),
                    *(outcome, "", label_set, day.isoformat()),
                )
                for key, a, b, outcome, day, label_set in new
            )
        total += len(new)
    return total


_VOTE = EntryKind.VOTE.value
