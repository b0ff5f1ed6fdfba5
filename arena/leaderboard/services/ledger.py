"""Votes become ledger entries and counts: single-flight, in batches, without a gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from arena.battles.models import Vote
from arena.core.locks import single_flight
from arena.leaderboard import selectors
from arena.leaderboard.models import LedgerEntry, PairCount, chain
from arena.leaderboard.selectors import LOCK, Ballot, Head
from arena.leaderboard.states import Kind, Reason, Result

BATCH = 1000
"""Votes per transaction: bounds memory and the time for which the lock is held."""
SIGN = {Kind.VOTE: 1, Kind.EXCLUSION: -1, Kind.RESTORATION: 1}


def fold() -> int:
    """Bring the votes that are not in the ledger yet into it; returns how many.

    Single-flight: where another process is at it, this one leaves the work to it. The order is
    that in which a fold finds the votes, so one that commits late is found by the next.
    """
    total = 0
    while Vote.objects.filter(folded=False).exists() and (folded := _fold_batch()):
        total += folded
    return total


def _fold_batch() -> int:
    with single_flight(LOCK) as alone:
        ballots = selectors.ballots(BATCH) if alone else []
        entries = list(_entries(ballots, selectors.head()))
        LedgerEntry.objects.bulk_create(entries)
        _count(entries)
        Vote.objects.filter(pk__in=[ballot.vote for ballot in ballots]).update(folded=True)
    return len(ballots)


def _entries(ballots: list[Ballot], head: Head) -> Iterator[LedgerEntry]:
    """Each vote's entry and, directly behind it, the exclusion of one that was not blind."""
    for ballot in ballots:
        head, entry = _entry(ballot, head, Kind.VOTE, "")
        yield entry
        if ballot.betrayed:
            head, entry = _entry(ballot, head, Kind.EXCLUSION, Reason.BETRAYED)
            yield entry


def _entry(ballot: Ballot, head: Head, kind: Kind, reason: str) -> tuple[Head, LedgerEntry]:
    hash_ = chain(
        head.hash,
        kind=kind,
        vote=ballot.vote,
        slugs=ballot.slugs,
        outcome=ballot.result.name.lower(),
        reason=reason,
    )
    card_a, card_b = ballot.cards
    entry = LedgerEntry(
        number=head.number + 1,
        kind=kind,
        vote_id=ballot.vote,
        card_a_id=card_a,
        card_b_id=card_b,
        outcome=ballot.result,
        reason=reason,
        hash=hash_,
    )
    return Head(entry.number, hash_), entry


def _count(entries: list[LedgerEntry]) -> None:
    """Add the entries to their cells. The lock makes this the only writer of counts."""
    change: Counter[tuple[int, int, int]] = Counter()
    for entry in entries:
        cell = (entry.card_a_id, entry.card_b_id, entry.outcome)
        change[cell] += SIGN[Kind(entry.kind)]
    cards = {card for cell in change for card in cell[:2]}
    stored = PairCount.objects.filter(card_a__in=cards, card_b__in=cards)
    votes = {(row.card_a_id, row.card_b_id, row.outcome): row.votes for row in stored}
    PairCount.objects.bulk_create(
        [
            PairCount(
                card_a_id=a, card_b_id=b, outcome=Result(o), votes=votes.get((a, b, o), 0) + more
            )
            for (a, b, o), more in change.items()
        ],
        update_conflicts=True,
        update_fields=["votes"],
        unique_fields=["card_a", "card_b", "outcome"],
    )
