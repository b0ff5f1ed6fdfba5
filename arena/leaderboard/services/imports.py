"""Votes that were cast elsewhere: entries of their own, named by source and number there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import NamedTuple

from arena.core.locks import exclusive
from arena.leaderboard import selectors
from arena.leaderboard.selectors import LOCK, Event
from arena.leaderboard.services.entries import append
from arena.leaderboard.services.ledger import BATCH
from arena.leaderboard.states import Kind

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
    """Append the votes that the ledger does not have from this source yet; returns how many.

    Doing it again, or going on after it broke off, doubles nothing. Raises ValueError for a
    source that is not a short lower-case name, for a card or a label set that doesn't exist, and
    for a card that meets itself; the batches before that are in the ledger then.
    """
    if not SOURCE.fullmatch(source):
        raise ValueError(f"{source!r} is no name of a source")
    left, total = iter(votes), 0
    while piece := {vote.key: vote for vote in islice(left, BATCH)}:
        with exclusive(LOCK):
            known = selectors.known_keys(source, list(piece))
            new = [vote for key, vote in piece.items() if key not in known]
            _check(new)
            append(_event(source, vote) for vote in new)
        total += len(new)
    return total


_VOTE = Kind.VOTE.value


def _event(source: str, vote: ImportedVote) -> Event:
    key, card_a, card_b, outcome, day, labels = vote
    return Event(_VOTE, None, source, key, card_a, card_b, outcome, "", labels, day.isoformat())


def _check(votes: list[ImportedVote]) -> None:
    names = selectors.names()
    cards = {card for vote in votes for card in vote[1:3]}
    if not (cards <= names.slugs.keys() and {v.labels for v in votes} <= names.labels.keys()):
        raise ValueError("a vote names a card or labels that this arena does not have")
    if any(vote.card_a == vote.card_b for vote in votes):
        raise ValueError("a vote compares a card with itself")
