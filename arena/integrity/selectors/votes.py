"""The votes that an examination looks at, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from arena.battles.models import Generation, Vote
from arena.battles.states import Choice
from arena.integrity.models import ReferenceBoard
from arena.integrity.statistics.betting import ExaminedVotes, Floats, FrozenStrengths, Integers
from arena.ledger.models import LedgerEntry, StandingExclusion
from arena.ledger.selectors.votes import cards_of_versions, names
from arena.ledger.states import EntryKind, ExclusionReason
from arena.rating.comparisons import POINTS, VoteOutcome
from inference_worker.wire.messages import SIDES

MOST = 50_000
"""Newest votes that one examination reads."""
PATTERN_MOST = 5_000
"""Newest votes whose time to read is looked at: that takes their answers' rows."""


@dataclass(frozen=True, slots=True, eq=False)
class RecentVotes:
    """Votes behind a reference board, oldest first; ``slugs_a`` and ``slugs_b`` are the cards'.

    ``voters`` names the identities that ``voter`` numbers; ``counts`` says which votes the ranking
    counts now.
    """

    keys: Integers
    voters: tuple[UUID, ...]
    voter: Integers
    slugs_a: list[str]
    slugs_b: list[str]
    choice: Integers
    at: Floats
    age: Floats
    counts: NDArray[np.bool_]

    def among(self, names: tuple[str, ...]) -> tuple[ExaminedVotes, Integers]:
        """Return the votes on two of these models as the statistics take them, and their rows."""
        place = {name: index for index, name in enumerate(names)}
        a = np.array([place.get(slug, -1) for slug in self.slugs_a], dtype=np.int64)
        b = np.array([place.get(slug, -1) for slug in self.slugs_b], dtype=np.int64)
        rows = np.flatnonzero((a >= 0) & (b >= 0) & (a != b))
        points = POINTS[self.choice[rows]]
        columns = (self.voter[rows], self.at[rows], self.age[rows])
        return ExaminedVotes(a[rows], b[rows], points, *columns), rows


def strengths_of(board: ReferenceBoard) -> FrozenStrengths:
    """Return a reference board as the statistics take it."""
    covariance = np.array(board.covariance, dtype=np.float64)
    return FrozenStrengths(tuple(board.slugs), np.array(board.strengths), covariance)


def newest_reference() -> ReferenceBoard | None:
    """Return the reference board in force."""
    return ReferenceBoard.objects.order_by("-pk").first()


def recent_votes(after: int, most: int = MOST) -> RecentVotes:
    """Return the newest blind votes behind this one; a vote that was not blind proves nothing."""
    rows = Vote.objects.filter(pk__gt=after, betrayed=False, unlisted=False).order_by("-pk")
    found = list(
        rows.values_list(
            "pk",
            "voter_id",
            "version_a_id",
            "version_b_id",
            "choice",
            "created_at",
            "voter__created_at",
        )[:most]
    )[::-1]
    slugs, cards = names().slugs, cards_of_versions()
    number: dict[UUID, int] = {}
    keys = np.array([row[0] for row in found], dtype=np.int64)
    at = np.array([row[5].timestamp() for row in found], dtype=np.float64)
    made = np.array([row[6].timestamp() for row in found], dtype=np.float64)
    voter = [number.setdefault(row[1], len(number)) for row in found]
    out = votes_taken_out(int(keys[0]) if len(keys) else 0)
    return RecentVotes(
        keys=keys,
        voters=tuple(number),
        voter=np.array(voter, dtype=np.int64),
        slugs_a=[slugs[cards[row[2]]] for row in found],
        slugs_b=[slugs[cards[row[3]]] for row in found],
        choice=np.array([_CODES[row[4]] for row in found], dtype=np.int64),
        at=at,
        age=np.maximum(at - made, 0.0),
        counts=np.array([row[0] not in out for row in found], dtype=bool),
    )


_CODES = {choice.value: int(VoteOutcome.parse(choice.value)) for choice in Choice}


def votes_taken_out(first: int) -> set[int]:
    """Return the votes from this one on whose last event is an exclusion, or that an operator has
    excluded by hand.

    Others that only wait are not among them, nor those that their voters took back and may put back
    once a later reference board examines them no more: both are still evidence.
    """
    by_hand = StandingExclusion.objects.filter(vote__gte=first).values_list("vote_id", flat=True)
    later = _decisions().filter(vote__gte=first).order_by("number")
    last = {vote: event for vote, *event in later.values_list("vote_id", "kind", "reason")}
    excluded = {
        key
        for key, (kind, reason) in last.items()
        if key and kind == EntryKind.EXCLUSION and reason not in STILL_EVIDENCE
    }
    return excluded.union(by_hand)


STILL_EVIDENCE = (ExclusionReason.PROVISIONAL, ExclusionReason.WITHDRAWN)
"""The reasons for which votes are out that may count later without an operator."""


def _decisions() -> QuerySet[LedgerEntry]:
    """Return the entries that are no votes, by their index."""
    return LedgerEntry.objects.filter(~Q(kind=EntryKind.VOTE), vote__isnull=False)


def activity() -> str:
    """Return what changes with each vote and each decision on one."""
    vote = Vote.objects.order_by("-pk").values_list("pk", flat=True).first()
    entry = _decisions().order_by("-number").values_list("number", flat=True).first()
    return f"{vote or 0}/{entry or 0}"


def newest_vote() -> int:
    """Return the key of the newest vote, 0 without one."""
    return Vote.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def reading_times(votes: RecentVotes) -> tuple[Floats, Floats]:
    """Return for each vote the seconds since the first text of an answer, and the words of both
    answers; nan where an answer's time or length is not on record, and for all but the newest."""
    first = max(0, len(votes.keys) - PATTERN_MOST)
    began, words = np.full(len(votes.keys), np.inf), np.zeros(len(votes.keys))
    answers = np.zeros(len(votes.keys))
    place = {key: first + row for row, key in enumerate(votes.keys[first:].tolist())}
    since = votes.keys[first] if place else 0
    rows = Generation.objects.filter(turn__battle__vote__gte=int(since), total_ms__gt=0)
    known = rows.filter(ended_at__isnull=False, length__isnull=False).order_by()
    columns = ("turn__battle__vote", "ended_at", "first_text_ms", "total_ms", "length")
    for key, ended, text_ms, total_ms, length in known.values_list(*columns):
        if (row := place.get(key)) is not None:
            began[row] = min(began[row], ended.timestamp() - (total_ms - text_ms) / 1000)
            words[row] += length
            answers[row] += 1
    whole = answers >= len(SIDES)
    return np.where(whole, votes.at - began, np.nan), np.where(whole, words, np.nan)
