"""Reading ledger, counts, and what was made of them last."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from arena.battles.models import DrawPlan, Generation, Vote
from arena.leaderboard.models import GENESIS, LedgerEntry, PairCount, Snapshot
from arena.leaderboard.states import Result
from arena.rating.comparisons import Outcome, PairCounts
from inference_worker.wire.messages import SIDES

OVERALL = "overall"
LOCK = "arena.leaderboard.ledger"
"""Name of the database lock under which ledger, counts and snapshots are written."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the ledger; number 0 and the genesis hash while it is empty."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote that is not in the ledger yet, with the two cards it compares."""

    vote: int
    cards: tuple[int, int]
    slugs: tuple[str, str]
    result: Result
    betrayed: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """What the ledger adds up to at its head; index in ``slugs`` is index in ``counts``."""

    head: Head
    slugs: tuple[str, ...]
    counts: PairCounts


def head() -> Head:
    """The ledger's last entry."""
    last = LedgerEntry.objects.order_by("-number").values_list("number", "hash").first()
    return Head(*(last or (0, GENESIS)))


def ballots(limit: int) -> list[Ballot]:
    """The oldest votes that are not folded yet, in the order of their ids. Two queries."""
    votes = Vote.objects.filter(folded=False).order_by("id")[:limit]
    rows = list(votes.values_list("id", "choice", "battle_id"))
    sides = _sides([battle for _, _, battle in rows])
    return [_ballot(vote, choice, sides[battle]) for vote, choice, battle in rows]


def tally() -> Tally:
    """Head and counts. They belong together only under the ledger's lock."""
    rows = list(
        PairCount.objects.filter(votes__gt=0).values_list(
            "card_a__slug", "card_b__slug", "outcome", "votes"
        )
    )
    slugs = tuple(sorted({slug for row in rows for slug in row[:2]}))
    place = {slug: index for index, slug in enumerate(slugs)}
    cells = [(place[a], place[b], outcome, votes) for a, b, outcome, votes in rows]
    columns = zip(*cells, strict=True) if cells else ((), (), (), ())
    return Tally(head(), slugs, PairCounts.from_cells(len(slugs), *columns))


def latest(board: str = OVERALL) -> Snapshot | None:
    """The newest snapshot of a board."""
    return Snapshot.objects.filter(board__slug=board).order_by("-id").first()


def plan_basis() -> str:
    """What the draw plan in force was made from; empty where there is none."""
    return DrawPlan.objects.order_by("-id").values_list("basis", flat=True).first() or ""


_Side = tuple[int, str, bool]
"""Card, slug, and whether the answer named its model."""


def _sides(battles: list[int]) -> dict[int, dict[str, _Side]]:
    rows = Generation.objects.filter(turn__battle_id__in=battles).values_list(
        "turn__battle_id", "side", "version__card_id", "version__card__slug", "betrays"
    )
    sides: dict[int, dict[str, _Side]] = defaultdict(dict)
    for battle, side, card, slug, betrays in rows:
        earlier = sides[battle].get(side)
        sides[battle][side] = (card, slug, betrays or bool(earlier and earlier[2]))
    return sides


def _ballot(vote: int, choice: str, sides: dict[str, _Side]) -> Ballot:
    (card_a, slug_a, betrays_a), (card_b, slug_b, betrays_b) = (sides[side] for side in SIDES)
    return Ballot(
        vote=vote,
        cards=(card_a, card_b),
        slugs=(slug_a, slug_b),
        result=Result(Outcome.parse(choice)),
        betrayed=betrays_a or betrays_b,
    )
