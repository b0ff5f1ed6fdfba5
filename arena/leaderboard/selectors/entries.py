"""What the ledger said at a number: its entries up to there, and nothing that came later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db.models import Case, Count, IntegerField, QuerySet, Sum, When
from numpy.typing import NDArray

from arena.battles.models import Generation
from arena.catalog.models import ModelCard
from arena.core.errors import NotFound
from arena.leaderboard.models import GENESIS, LedgerEntry
from arena.leaderboard.selectors.filters import Filter, label_sets
from arena.leaderboard.selectors.ledger import Head
from arena.leaderboard.selectors.tallies import Tally
from arena.leaderboard.states import Kind
from arena.rating.comparisons import Comparisons
from inference_worker.wire.messages import SIDES

STYLE = ("length", "headers", "lists", "bold")
"""What is counted in an answer, in the order of ``style_controlled.FEATURES``."""
SIGN = Case(When(kind=Kind.EXCLUSION, then=-1), default=1, output_field=IntegerField())


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Single votes that counted at ``head``, oldest first; index in ``slugs`` is that of sides.

    ``left_out``: votes whose answers have no style on record.
    """

    head: Head
    slugs: tuple[str, ...]
    votes: Comparisons
    left_out: int = 0


def head_at(number: int) -> Head:
    """Raises NotFound for a number that the ledger does not have."""
    if number == 0:
        return Head(0, GENESIS)
    row = LedgerEntry.objects.filter(number=number).values_list("number", "hash").first()
    if row is None:
        raise NotFound
    return Head(*row)


def tally_at(number: int, chosen: Filter) -> Tally:
    """The counts that the entries up to the number add up to."""
    entries = _matching(LedgerEntry.objects.filter(number__lte=number), chosen)
    pairs = entries.order_by().values_list("card_a_id", "card_b_id", "outcome")
    return Tally.of(head_at(number), pairs.annotate(total=Sum(SIGN)))


def rows_at(number: int, chosen: Filter, *, most: int, styled: bool) -> Rows:
    """Of the newest ``most`` votes in the ledger at the number, those that counted."""
    ballots = _counted(number, chosen, most)
    style = _style(ballots) if styled else None
    kept = [one for one in ballots if style is None or one.vote in style]
    cards = dict(ModelCard.objects.values_list("pk", "slug"))
    slugs = tuple(sorted({cards[card] for one in kept for card in (one.card_a, one.card_b)}))
    place = {slug: index for index, slug in enumerate(slugs)}
    votes = Comparisons(
        a=np.array([place[cards[one.card_a]] for one in kept], dtype=np.int32),
        b=np.array([place[cards[one.card_b]] for one in kept], dtype=np.int32),
        outcome=np.array([one.outcome for one in kept], dtype=np.int8),
        voter=_numbered([one.voter for one in kept]) if chosen.by_voter else None,
        features=_differences([style[one.vote] for one in kept]) if style is not None else None,
    )
    return Rows(head_at(number), slugs, votes, len(ballots) - len(kept))


class _Ballot(NamedTuple):
    """A vote's own entry; ``labels`` and ``day`` are what it counts under."""

    number: int
    vote: int | None
    source: str
    source_key: int | None
    card_a: int
    card_b: int
    outcome: int
    labels: int
    day: date
    voter: UUID | None

    @property
    def key(self) -> tuple[Any, ...]:
        return self.vote, self.source, self.source_key


_FIELDS = ("number", "vote_id", "source", "source_key", "card_a_id", "card_b_id", "outcome")


def _counted(number: int, chosen: Filter, most: int) -> list[_Ballot]:
    """Each vote stands where its last event left it."""
    upto = LedgerEntry.objects.filter(number__lte=number)
    newest = upto.filter(kind=Kind.VOTE).order_by("-number")
    rows = newest.values_list(*_FIELDS, "labels_id", "day", "vote__voter_id")[:most]
    ballots = [_Ballot(*row) for row in rows.iterator(chunk_size=20_000)][::-1]
    if not ballots:
        return []
    events = _events(upto.filter(number__gt=ballots[0].number))
    sets = label_sets()
    moved = (_moved(one, events.get(one.key)) for one in ballots)
    return [one for one in moved if one and chosen.takes(sets[one.labels], one.day)]


def _events(entries: Any) -> dict[tuple[Any, ...], tuple[str, int]]:
    """The last kind and label set of each vote that was taken out or back in."""
    later = entries.exclude(kind=Kind.VOTE).order_by("number")
    rows = later.values_list("vote_id", "source", "source_key", "kind", "labels_id")
    return {row[:3]: row[3:] for row in rows.iterator(chunk_size=20_000)}


def _moved(ballot: _Ballot, event: tuple[str, int] | None) -> _Ballot | None:
    if event is None:  # as nearly always, and there are half a million of them
        return ballot
    kind, labels = event
    return None if kind == Kind.EXCLUSION else ballot._replace(labels=labels)


def _numbered(voters: list[UUID | None]) -> NDArray[np.int64]:
    """Voters in the order of their first vote, which is the ledger's; -1 where none is known."""
    seen: dict[UUID | None, int] = {None: -1}
    return np.array([seen.setdefault(one, len(seen) - 1) for one in voters], dtype=np.int64)


def _style(ballots: list[_Ballot]) -> dict[int | None, NDArray[np.float32]]:
    """Both answers' counts [2, 4] of the votes that have them for every answer."""
    own = [one.vote for one in ballots if one.vote is not None]
    found: dict[int | None, NDArray[np.float32]] = {}
    for start in range(0, len(own), 5000):
        for vote, side, *counts in _answers(own[start : start + 5000]):
            place = found.setdefault(vote, np.full((2, len(STYLE)), np.nan, dtype=np.float32))
            place[SIDES.index(side)] = counts
    return {vote: counts for vote, counts in found.items() if not np.isnan(counts).any()}


def _answers(votes: list[int]) -> Iterator[tuple[Any, ...]]:
    """Sums over the turns; where one of them was never counted, the sum is not known."""
    answers = Generation.objects.filter(turn__battle__vote__in=votes).order_by()
    rows = answers.values_list("turn__battle__vote", "side").annotate(
        turns=Count("pk"),
        counted=Count(STYLE[0]),
        **{f"all_{name}": Sum(name) for name in STYLE},
    )
    return ((vote, side, *sums) for vote, side, turns, counted, *sums in rows if turns == counted)


def _differences(styles: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Relative difference (a - b) / (a + b) per count, [n, 4]; 0 where neither has any."""
    sides = np.array(styles, dtype=np.float64).reshape(-1, 2, len(STYLE))
    total = np.maximum(sides.sum(axis=1), np.finfo(float).tiny)
    return np.asarray((sides[:, 0] - sides[:, 1]) / total, dtype=np.float32)


def _matching(entries: QuerySet[LedgerEntry], chosen: Filter) -> QuerySet[LedgerEntry]:
    let_in = [pk for pk, labels in label_sets().items() if chosen.takes(labels, date.max)]
    if not chosen.takes_all:
        entries = entries.filter(labels__in=let_in)
    return entries.filter(day__gte=chosen.since) if chosen.since else entries
