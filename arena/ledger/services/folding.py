"""Turn votes into ledger entries, in batches, without a gap, by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from arena.battles.models import UnfoldedVote
from arena.core.locks import single_flight
from arena.labels.services import label_battles, label_set
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors import votes
from arena.ledger.selectors.events import LedgerEvent
from arena.ledger.selectors.head import LOCK
from arena.ledger.selectors.votes import Ballot, cards_of_versions
from arena.ledger.services.appending import append
from arena.ledger.services.chain import WORDS
from arena.ledger.states import EntryKind

BATCH = 50_000
"""Votes per transaction: bounds memory, and the time for which others wait for the lock."""


def fold() -> int:
    """Bring the votes outside the ledger into it; return how many.

    Single-flight: where another process is at it, this one leaves the work to it. The order is
    that in which a fold finds the votes, so one that commits late is found by the next. A vote
    is labelled before it is folded, outside the lock; one that can't be labelled is folded all
    the same.
    """
    total = 0
    while waiting := votes.waiting(BATCH):
        folded = _fold_pass()
        if not folded and not label_battles(BATCH):
            folded = _fold_pass(offered=frozenset(waiting))
            if not folded:
                break
        total += folded
    return total


def _fold_pass(offered: frozenset[int] = frozenset()) -> int:
    """Fold the votes that have labels, and of those without the ``offered`` ones."""
    total = after = 0
    while True:
        with single_flight(LOCK) as alone:
            ballots = votes.ballots(BATCH, after=after) if alone else []
            taken = [b for b in ballots if b[-1] is not None or b[0] in offered]
            total += take(taken)
        if not taken or len(ballots) < BATCH:
            return total
        after = ballots[-1][0]


def take(ballots: list[Ballot]) -> int:
    """Append these votes, oldest first, under the ledger's lock; return how many they are."""
    if not ballots:
        return 0
    cards = cards_of_versions()
    numbers = append(_events(ballots, cards, label_set().pk))
    # Deleting by range costs a third of looking each up; it must hit exactly the taken ones,
    # else that is taken back and they are looked up.
    among = UnfoldedVote.objects.filter(vote__gte=ballots[0][0], vote__lte=ballots[-1][0])
    try:
        with transaction.atomic():
            if among.delete()[0] != len(ballots):
                raise _OthersAmongThem
    except _OthersAmongThem:
        taken = LedgerEntry.objects.filter(number__range=(numbers[0], numbers[-1]))
        among.filter(vote__in=taken.values("vote")).delete()
    return len(ballots)


class _OthersAmongThem(Exception):
    """The range holds votes that were not taken: without labels, or committed only now."""


_CODES = {word: code for code, word in WORDS.items()}
_VOTE, _EXCLUSION = EntryKind.VOTE.value, EntryKind.EXCLUSION.value
"""Plain strings: the database adapts them in a fifth of the time that a choice takes."""


def _events(ballots: list[Ballot], cards: dict[int, int], unlabelled: int) -> Iterator[LedgerEvent]:
    """Yield the entry of each vote and, behind that of one that must not count, its exclusion."""
    for vote, choice, version_a, version_b, reason, day, labels in ballots:
        pair = (cards[version_a], cards[version_b], version_a, version_b)
        code, labels = _CODES[choice], labels or unlabelled
        yield LedgerEvent(_VOTE, vote, "", None, *pair, code, "", labels, day)
        if reason:
            yield LedgerEvent(_EXCLUSION, vote, "", None, *pair, code, reason, labels, day)
