"""Read the ledger as it was at a number: its entries up to there, and nothing later."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db.models import Case, Count, IntegerField, QuerySet, Sum, When
from numpy.typing import NDArray

from arena.battles.models import Generation, Turn
from arena.catalog.models import ModelCard
from arena.core.errors import NotFound
from arena.ledger.models import GENESIS, LedgerEntry
from arena.ledger.selectors.events import VERSIONS
from arena.ledger.selectors.filters import VoteFilter, label_sets
from arena.ledger.selectors.head import LedgerHead
from arena.ledger.selectors.tallies import VoteTally, names_of_versions
from arena.ledger.states import EntryKind, RatedUnit
from arena.rating.comparisons import Comparisons, numbered_voters
from arena.rating.features import StyleFeature, relative_styles
from arena.rating.inverse_probability import inverse_weights
from arena.rating.recipes import SEPARATE
from inference_worker.wire.messages import SIDES

STYLE_COLUMNS = {
    StyleFeature.TOKEN_LENGTH: "length",
    StyleFeature.HEADERS: "headers",
    StyleFeature.LISTS: "lists",
    StyleFeature.BOLD: "bold",
}
"""The column of an answer that counts each feature, in the order of the features."""
SIGN = Case(When(kind=EntryKind.EXCLUSION, then=-1), default=1, output_field=IntegerField())


@dataclass(frozen=True, slots=True, eq=False)
class SingleVotes:
    """Single votes that counted at ``head``, oldest first; index in ``slugs`` is that of sides.

    ``left_out``: votes whose answers have no style on record. ``voters`` and ``numbers``, those of
    the votes' entries, are known where errors are those of whole voters; imported votes have no
    voter.
    """

    head: LedgerHead
    slugs: tuple[str, ...]
    votes: Comparisons
    left_out: int = 0
    voters: tuple[UUID | None, ...] = ()
    numbers: tuple[int, ...] = ()


def head_at(number: int) -> LedgerHead:
    """Return the ledger's head at a number. Raise NotFound where it has no such entry."""
    if number == 0:
        return LedgerHead(0, GENESIS)
    row = LedgerEntry.objects.filter(number=number).values_list("number", "hash").first()
    if row is None:
        raise NotFound
    return LedgerHead(*row)


def tally_at(number: int, chosen: VoteFilter, rated: RatedUnit = RatedUnit.CARDS) -> VoteTally:
    """Return the counts that the entries up to the number add up to. Raises NotFound for a filter
    by what voters said of themselves."""
    chosen.check_countable()
    entries = of_source(LedgerEntry.objects.filter(number__lte=number), chosen)
    if not chosen.takes_all:
        let_in = [pk for pk, one in label_sets().items() if chosen.takes(one, date.max)]
        entries = entries.filter(labels__in=let_in)
    if chosen.since:
        entries = entries.filter(day__gte=chosen.since)
    sides, names = _sides(rated)
    pairs = entries.order_by().annotate(**VERSIONS).values_list(*sides, "outcome")
    counts = pairs.annotate(total=Sum(SIGN))
    return VoteTally.of(head_at(number), [(names[a], names[b], *rest) for a, b, *rest in counts])


def rows_at(
    number: int,
    chosen: VoteFilter,
    *,
    most: int,
    styled: bool,
    weighed: bool = False,
    rated: RatedUnit = RatedUnit.CARDS,
) -> SingleVotes:
    """Return, of the newest ``most`` votes in the ledger at the number, those that counted.

    ``styled`` and ``weighed`` say whether the votes come with style and with weights of pictures.
    A filter's ``group`` is left to whoever asks: the ledger does not know who said what.
    """
    sides, names = _sides(rated)
    ballots = _counted(number, chosen, most, sides)
    own = [one.vote for one in ballots if one.vote is not None]
    style = style_counts(own) if styled else None
    kept = [one for one in ballots if style is None or one.vote in style]
    slugs = tuple(sorted({names[side] for one in kept for side in (one.side_a, one.side_b)}))
    place = {slug: index for index, slug in enumerate(slugs)}
    votes = Comparisons(
        a=np.array([place[names[one.side_a]] for one in kept], dtype=np.int32),
        b=np.array([place[names[one.side_b]] for one in kept], dtype=np.int32),
        outcome=np.array([one.outcome for one in kept], dtype=np.int8),
        voter=numbered_voters([one.voter for one in kept], None) if chosen.by_voter else None,
        weight=_weights([one.vote for one in kept]) if weighed else None,
        features=relative_styles([style[one.vote or 0] for one in kept])
        if style is not None
        else None,
    )
    found = SingleVotes(head_at(number), slugs, votes, len(ballots) - len(kept))
    if not chosen.by_voter:
        return found
    numbers = tuple(one.number for one in kept)
    return replace(found, voters=tuple(one.voter for one in kept), numbers=numbers)


def have_voted_since(number: int, voters: Collection[UUID]) -> int:
    """Return how many of these people cast votes that the ledger took behind a number."""
    entries = LedgerEntry.objects.filter(number__gt=number, kind=EntryKind.VOTE)
    found = entries.filter(vote__voter__in=voters).order_by()
    return found.values("vote__voter").distinct().count()


def _sides(rated: RatedUnit) -> tuple[tuple[str, ...], dict[int, str]]:
    """Return the columns that hold what is rated, and its names by key."""
    if rated == RatedUnit.CARDS:
        return ("card_a_id", "card_b_id"), dict(ModelCard.objects.values_list("pk", "slug"))
    return tuple(VERSIONS), names_of_versions(rated)


class _CountedVote(NamedTuple):
    """A vote's own entry; ``labels`` and ``day`` are what it counts under, sides what is rated."""

    number: int
    vote: int | None
    source: str
    source_key: int | None
    side_a: int
    side_b: int
    outcome: int
    labels: int
    day: date
    voter: UUID | None

    @property
    def key(self) -> tuple[Any, ...]:
        return self.vote, self.source, self.source_key


_ABOUT = ("number", "vote_id", "source", "source_key")


def _counted(
    number: int, chosen: VoteFilter, most: int, sides: tuple[str, ...]
) -> list[_CountedVote]:
    """Return each vote in the state in which its last event left it."""
    upto = LedgerEntry.objects.filter(number__lte=number)
    own = of_source(upto.filter(kind=EntryKind.VOTE), chosen)
    newest = own.order_by("-number").annotate(**VERSIONS)
    rest = ("outcome", "labels_id", "day", "vote__voter_id")
    rows = newest.values_list(*_ABOUT, *sides, *rest)[:most]
    ballots = [_CountedVote(*row) for row in rows.iterator(chunk_size=20_000)][::-1]
    if not ballots:
        return []
    # The last kind and label set of each vote that was taken out or back in.
    later = upto.filter(number__gt=ballots[0].number).exclude(kind=EntryKind.VOTE)
    found = later.order_by("number").values_list(
        "vote_id", "source", "source_key", "kind", "labels_id"
    )
    events = {row[:3]: row[3:] for row in found.iterator(chunk_size=20_000)}
    sets = label_sets()
    moved = []
    for one in ballots:
        kind, labels = events.get(one.key, ("", one.labels))
        # Nearly all are as they were, and there are half a million of them.
        now = one if labels == one.labels else one._replace(labels=labels)
        if kind != EntryKind.EXCLUSION and chosen.takes(sets[labels], one.day):
            moved.append(now)
    return moved


def picture_choices(votes: Sequence[int]) -> dict[int, tuple[float, int]]:
    """Return the probability of the picture of these votes' first turns, and the number of
    candidates, where a choice is known."""
    found: dict[int, tuple[float, int]] = {}
    wanted, ordered = set(votes), sorted(votes)
    for start in range(0, len(ordered), 5000):
        piece = ordered[start : start + 5000]
        turns = Turn.objects.filter(
            battle__vote__gte=piece[0], battle__vote__lte=piece[-1], number=0
        ).exclude(picture_probability=None)
        columns = ("battle__vote", "picture_probability", "picture_candidates")
        rows = turns.order_by().values_list(*columns)
        found |= {vote: (chance, among or 0) for vote, chance, among in rows if vote in wanted}
    return found


def _weights(votes: Sequence[int | None]) -> NDArray[np.float64]:
    chosen = picture_choices([vote for vote in votes if vote is not None])
    known = [chosen.get(vote or 0, (np.nan, 0)) for vote in votes]
    return inverse_weights([chance for chance, _ in known], [among for _, among in known])


def style_counts(votes: Sequence[int]) -> dict[int, NDArray[np.float32]]:
    """Return both answers' counts [2, 4] of the votes that have them for every answer."""
    found: dict[int, NDArray[np.float32]] = {}
    wanted, ordered = set(votes), sorted(votes)
    for start in range(0, len(ordered), 5000):
        piece = ordered[start : start + 5000]
        answers = Generation.objects.filter(
            turn__battle__vote__gte=piece[0], turn__battle__vote__lte=piece[-1]
        ).order_by()
        rows = answers.values_list("turn__battle__vote", "side").annotate(
            turns=Count("pk"),
            counted=Count(STYLE_COLUMNS[StyleFeature.TOKEN_LENGTH]),
            **{f"all_{name}": Sum(name) for name in STYLE_COLUMNS.values()},
        )
        for vote, side, turns, counted, *counts in rows:
            # Nearly all of the range are wanted. Where a turn was never counted, no sum is known.
            if vote not in wanted or turns != counted:
                continue
            place = found.setdefault(
                vote, np.full((2, len(STYLE_COLUMNS)), np.nan, dtype=np.float32)
            )
            place[SIDES.index(side)] = counts
    return {vote: counts for vote, counts in found.items() if not np.isnan(counts).any()}


def of_source(entries: QuerySet[LedgerEntry], chosen: VoteFilter) -> QuerySet[LedgerEntry]:
    """Return the entries that a filter takes by their source."""
    if chosen.source:
        return entries.filter(source=chosen.source)
    return entries.exclude(source__startswith=SEPARATE)
