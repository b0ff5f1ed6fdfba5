"""Votes become ledger entries: single-flight, in batches, without a gap."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from arena.battles.models import UnfoldedVote
from arena.core.locks import single_flight
from arena.labels.services import label_battles, label_set
from arena.leaderboard import selectors
from arena.leaderboard.models import LedgerEntry
from arena.leaderboard.selectors import LOCK, Ballot, Event
from arena.leaderboard.services.chain import WORDS
from arena.leaderboard.services.entries import append
from arena.leaderboard.states import Kind, Reason

BATCH = 50_000
"""Votes per transaction: bounds memory, and the time for which others wait for the lock."""


def fold() -> int:
    """Bring the votes outside the ledger into it; returns how many.

    Single-flight: where another process is at it, this one leaves the work to it. The order is
    that in which a fold finds the votes, so one that commits late is found by the next. A vote
    is labelled before it is folded, outside the lock; one that can't be labelled is folded all
    the same.
    """
    total = 0
    while waiting := selectors.waiting(BATCH):
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
            ballots = selectors.ballots(BATCH, after=after) if alone else []
            taken = [b for b in ballots if b[-1] is not None or b[0] in offered]
            total += take(taken)
        if not taken or len(ballots) < BATCH:
            return total
        after = ballots[-1][0]


def take(ballots: list[Ballot]) -> int:
    """Append these votes, oldest first, under the ledger's lock; returns how many they are."""
    if not ballots:
        return 0
    cards = selectors.cards_of_versions()
    numbers = append(_events(ballots, cards, label_set().pk))
    _wait_no_more(ballots, numbers)
    return len(ballots)


class _OthersAmongThem(Exception):
    """The range holds votes that were not taken: without labels, or committed only now."""


def _wait_no_more(ballots: list[Ballot], numbers: range) -> None:
    """Delete by range, at a third of the cost of looking each up, and see whether it hit exactly
    the taken ones; else take that back and look them up."""
    among = UnfoldedVote.objects.filter(vote__gte=ballots[0][0], vote__lte=ballots[-1][0])
    try:
        with transaction.atomic():
            if among.delete()[0] != len(ballots):
                raise _OthersAmongThem
    except _OthersAmongThem:
        taken = LedgerEntry.objects.filter(number__range=(numbers[0], numbers[-1]))
        among.filter(vote__in=taken.values("vote")).delete()


_CODES = {word: code for code, word in WORDS.items()}
_VOTE, _EXCLUSION, _BETRAYED = Kind.VOTE.value, Kind.EXCLUSION.value, Reason.BETRAYED.value
"""Plain strings: the database adapts them in a fifth of the time that a choice takes."""


def _events(ballots: list[Ballot], cards: dict[int, int], unlabelled: int) -> Iterator[Event]:
    """Each vote's entry and, directly behind it, the exclusion of one that was not blind."""
    for vote, choice, version_a, version_b, betrayed, day, labels in ballots:
        pair = (cards[version_a], cards[version_b])
        code, labels = _CODES[choice], labels or unlabelled
        yield Event(_VOTE, vote, "", None, *pair, code, "", labels, day)
        if betrayed:
            yield Event(_EXCLUSION, vote, "", None, *pair, code, _BETRAYED, labels, day)
