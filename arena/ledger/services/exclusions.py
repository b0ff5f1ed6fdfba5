"""Exclude and restore votes. Each change is a new entry; nothing is ever removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from arena.core.locks import exclusive
from arena.labels.models import BattleLabels
from arena.ledger.models import StandingExclusion
from arena.ledger.selectors.events import (
    LedgerEvent,
    keys_of,
    labels_now,
    last_events,
    last_imports,
)
from arena.ledger.selectors.head import LOCK
from arena.ledger.selectors.votes import ballots_of
from arena.ledger.services.appending import append
from arena.ledger.services.folding import fold, take
from arena.ledger.states import BY_HAND, EntryKind, ExclusionReason

PIECE = 5_000
"""Votes per transaction."""


def exclude(*, votes: Iterable[int], reason: str, by: str = "") -> int:
    """Take votes out of the counts, by their keys; return how many counted until now.

    A vote outside the ledger is folded first; one that doesn't count already is left as it is.
    """
    fold()
    return _in_pieces(votes, partial(_switch, kind=EntryKind.EXCLUSION, reason=reason, by=by))


def exclude_by_hand(*, votes: Iterable[int], reason: str, by: str = "") -> int:
    """Take votes out by an operator's decision on each, which stands until an operator restores
    them; return for how many of them none stood before.

    It is stored for votes that do not count now, too, and comes into force when what keeps them
    out ends. One that waits for the decision on an alarm waits no more.
    """
    fold()
    reason = ExclusionReason(reason).value
    return _in_pieces(votes, partial(_exclude_by_hand, reason=reason, by=by))


def _exclude_by_hand(votes: Sequence[int], *, reason: str, by: str) -> int:
    with exclusive(LOCK):
        take(ballots_of(votes))
        known = last_events(votes)
        standing = {one.vote_id for one in StandingExclusion.objects.filter(vote__in=known)}
        new = sorted(known.keys() - standing)
        _switch(new, kind=EntryKind.RESTORATION, reason=ExclusionReason.PROVISIONAL, by=by)
        _switch(new, kind=EntryKind.EXCLUSION, reason=reason, by=by)
        StandingExclusion.objects.bulk_create(
            StandingExclusion(vote_id=vote, reason=reason, by=by) for vote in new
        )
    return len(new)


def restore(*, votes: Iterable[int], reason: str, by: str = "") -> int:
    """Let votes count again that were taken out for this reason; return how many do.

    An operator overrules every reason but two: a vote that was not blind stays out unless that is
    the reason given, and one that its voter took back is the voter's. Where anything else lets a
    vote come back that an operator has excluded by hand, the operator's exclusion follows at once.
    A vote comes back under the labels that it has now.
    """
    return _in_pieces(votes, partial(_switch, kind=EntryKind.RESTORATION, reason=reason, by=by))


def exclude_source(*, source: str, by: str = "") -> int:
    """Take all imported votes of a source out of the counts; return how many counted."""
    return _through(source, EntryKind.EXCLUSION, by)


def restore_source(*, source: str, by: str = "") -> int:
    """Let the votes of a source count again; return how many."""
    return _through(source, EntryKind.RESTORATION, by)


def relabel() -> int:
    """Move the votes that were labelled anew since the ledger took them; return how many.

    Each is taken out under its old labels and, in the next entry, back in under the new ones.
    """
    total = 0
    while BattleLabels.objects.filter(**_STALE).exists():
        with exclusive(LOCK):
            rows = BattleLabels.objects.select_for_update(of=("self",)).filter(**_STALE)
            stale = dict(rows.values_list("battle__vote", "labels_id")[:PIECE])
            last = last_events(list(stale))
            moved = [e for vote, e in last.items() if e.counts and e.labels != stale[vote]]
            out = [
                event._replace(
                    kind=EntryKind.EXCLUSION.value, reason=ExclusionReason.RELABELLED.value, by=""
                )
                for event in moved
            ]
            back = EntryKind.RESTORATION.value
            append(
                entry
                for event in out
                for entry in (event, event._replace(kind=back, labels=stale[event.vote or 0]))
            )
            BattleLabels.objects.filter(battle__vote__in=list(stale)).update(stale=False)
        total += len(moved)
    return total


_STALE = {"stale": True, "battle__vote__isnull": False, "battle__vote__unfolded__isnull": True}


def _switch(votes: Sequence[int], *, kind: EntryKind, reason: str, by: str) -> int:
    with exclusive(LOCK):
        take(ballots_of(votes))
        last = last_events(votes).values()
        if kind == EntryKind.EXCLUSION:
            return _append(last, {}, {}, kind=kind, reason=reason, by=by)
        if reason in BY_HAND:
            ended = [e.vote for e in last if reason in (ExclusionReason.OPERATOR, e.reason)]
            StandingExclusion.objects.filter(vote__in=ended).delete()
        rows = StandingExclusion.objects.filter(vote__in=votes)
        standing = {one.vote_id: one for one in rows}
        return _append(last, labels_now(votes), standing, kind=kind, reason=reason, by=by)


def _through(source: str, kind: EntryKind, by: str) -> int:
    total, after = 0, _LEAST
    while keys := keys_of(source, after=after, limit=PIECE):
        with exclusive(LOCK):
            last = last_imports(source, keys).values()
            total += _append(last, {}, {}, kind=kind, reason=ExclusionReason.SOURCE, by=by)
        after = keys[-1]
    return total


_LEAST = -(2**63)


def _append(
    last: Iterable[LedgerEvent],
    labels: dict[int, int],
    standing: dict[int, StandingExclusion],
    *,
    kind: EntryKind,
    reason: str,
    by: str,
) -> int:
    if kind == EntryKind.EXCLUSION:
        changed = [event for event in last if event.counts]
    else:
        # Those that this reason took out; an operator overrules most other reasons.
        overrules = reason == ExclusionReason.OPERATOR
        changed = [
            event
            for event in last
            if not event.counts
            and (event.reason == reason or (overrules and event.reason not in _NOT_OVERRULED))
        ]
    moved = [
        event._replace(
            kind=kind.value,
            labels=labels.get(event.vote or 0, event.labels),
            reason=ExclusionReason(reason).value,
            by=by,
        )
        for event in changed
    ]
    append(one for event in moved for one in _with_standing(event, standing))
    return sum(event.vote not in standing for event in moved)


def _with_standing(
    event: LedgerEvent, standing: dict[int, StandingExclusion]
) -> Iterator[LedgerEvent]:
    """Yield an event and, behind a restoration, the exclusion by an operator that stands."""
    yield event
    if (out := standing.get(event.vote or 0)) is not None:
        yield event._replace(kind=EntryKind.EXCLUSION.value, reason=out.reason, by=out.by)


_NOT_OVERRULED = (ExclusionReason.BETRAYED, ExclusionReason.WITHDRAWN)


def _in_pieces(votes: Iterable[int], work: Callable[[list[int]], int]) -> int:
    left = iter(dict.fromkeys(votes))
    return sum(work(piece) for piece in iter(lambda: list(islice(left, PIECE)), []))
