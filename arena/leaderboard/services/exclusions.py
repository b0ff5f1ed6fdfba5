"""Taking votes out of the counts and back in. Each is an event; nothing is ever removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from arena.core.locks import exclusive
from arena.labels.models import BattleLabels
from arena.leaderboard import selectors
from arena.leaderboard.selectors import LOCK, Event
from arena.leaderboard.services.entries import append
from arena.leaderboard.services.ledger import fold, take
from arena.leaderboard.states import Kind, Reason

PIECE = 5_000
"""Votes per transaction."""


def exclude(*, votes: Iterable[int], reason: str, by: str = "") -> int:
    """Take votes out of the counts, by their keys; returns how many counted until now.

    A vote outside the ledger is folded first; one that doesn't count already is left as it is.
    """
    fold()
    return _in_pieces(votes, partial(_switch, kind=Kind.EXCLUSION, reason=reason, by=by))


def restore(*, votes: Iterable[int], reason: str, by: str = "") -> int:
    """Let votes count again that were taken out for this reason; returns how many.

    An operator overrules every reason but one: a vote that was not blind stays out unless that is
    the reason given. A vote comes back under the labels that it has now.
    """
    return _in_pieces(votes, partial(_switch, kind=Kind.RESTORATION, reason=reason, by=by))


def exclude_source(*, source: str, by: str = "") -> int:
    """Take all imported votes of a source out of the counts; returns how many counted."""
    return _through(source, Kind.EXCLUSION, by)


def restore_source(*, source: str, by: str = "") -> int:
    """Let the votes of a source count again; returns how many."""
    return _through(source, Kind.RESTORATION, by)


def relabel() -> int:
    """Move the votes that were labelled anew since the ledger took them; returns how many.

    Each is taken out under its old labels and, in the next entry, back in under the new ones.
    """
    total = 0
    while BattleLabels.objects.filter(**_STALE).exists():
        total += _relabel_some()
    return total


_STALE = {"stale": True, "battle__vote__isnull": False, "battle__vote__unfolded__isnull": True}


def _relabel_some() -> int:
    with exclusive(LOCK):
        rows = BattleLabels.objects.select_for_update(of=("self",)).filter(**_STALE)
        stale = dict(rows.values_list("battle__vote", "labels_id")[:PIECE])
        last = selectors.last_events(list(stale))
        moved = [e for vote, e in last.items() if e.counts and e.labels != stale[vote]]
        append(_moves(moved, stale))
        BattleLabels.objects.filter(battle__vote__in=list(stale)).update(stale=False)
    return len(moved)


def _moves(events: Iterable[Event], labels: dict[int, int]) -> Iterator[Event]:
    for event in events:
        out = event._replace(kind=Kind.EXCLUSION.value, reason=Reason.RELABELLED.value, by="")
        yield out
        yield out._replace(kind=Kind.RESTORATION.value, labels=labels[event.vote or 0])


def _switch(votes: Sequence[int], *, kind: Kind, reason: str, by: str) -> int:
    with exclusive(LOCK):
        take(selectors.ballots_of(votes))
        last = selectors.last_events(votes).values()
        labels = selectors.labels_now(votes) if kind == Kind.RESTORATION else {}
        return _append(last, labels, kind=kind, reason=reason, by=by)


def _through(source: str, kind: Kind, by: str) -> int:
    total, after = 0, _LEAST
    while keys := selectors.keys_of(source, after=after, limit=PIECE):
        with exclusive(LOCK):
            last = selectors.last_imports(source, keys).values()
            total += _append(last, {}, kind=kind, reason=Reason.SOURCE, by=by)
        after = keys[-1]
    return total


_LEAST = -(2**63)


def _append(
    last: Iterable[Event], labels: dict[int, int], *, kind: Kind, reason: str, by: str
) -> int:
    changed = [event for event in last if _changes(event, kind, reason)]
    append(
        event._replace(
            kind=kind.value,
            labels=labels.get(event.vote or 0, event.labels),
            reason=Reason(reason).value,
            by=by,
        )
        for event in changed
    )
    return len(changed)


def _changes(event: Event, kind: Kind, reason: str) -> bool:
    """Whether the event that came last is one that this can undo."""
    if kind == Kind.EXCLUSION:
        return event.counts
    overruled = reason == Reason.OPERATOR and event.reason != Reason.BETRAYED
    return not event.counts and (event.reason == reason or overruled)


def _in_pieces(votes: Iterable[int], work: Callable[[list[int]], int]) -> int:
    left = iter(dict.fromkeys(votes))
    return sum(work(piece) for piece in iter(lambda: list(islice(left, PIECE)), []))
