"""The boards, and how pairs are drawn: what an operator has set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from arena.battles.models import DrawPlan
from arena.boards.models import Board, Snapshot, SnapshotStrengths
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.filters import VoteFilter
from arena.rating.comparisons import Floats

OVERALL = "overall"
STRATEGY_WORDS: dict[str, Promise] = {
    "uniform": _("Every pair is equally likely."),
    "fewest_votes": _("Pairs of models with few votes come first."),
    "a_optimal": _("The pairs come first whose votes narrow the intervals most."),
}


@dataclass(frozen=True, slots=True)
class PairingPolicy:
    """The way in which pairs are drawn now.

    ``even`` is what each pair's probability would be if all were
    alike; ``floor`` the share that stays so. Without a plan, ``as_of`` is None."""

    strategy: str
    words: Promise
    floor: float
    models: int = 0
    pairs: int = 0
    even: float | None = None
    lowest: float | None = None
    median: float | None = None
    highest: float | None = None
    as_of: datetime | None = None


def active_boards() -> list[Board]:
    """Return the active boards: the overall one first, the others in the operators' order."""
    active = Board.objects.filter(active=True).order_by("position", "slug")
    return sorted(active, key=lambda board: board.slug != OVERALL)


def boards() -> list[Board]:
    """Return the active boards that have something to show, and the overall one in any case."""
    shown = Exists(Snapshot.objects.filter(board=OuterRef("pk")))
    rows = Board.objects.filter(Q(slug=OVERALL) | shown, active=True)
    return sorted(rows.order_by("position", "slug"), key=lambda board: board.slug != OVERALL)


def newest_facts(board: Board) -> Snapshot | None:
    """Return the board's newest snapshot; its body is read only where it is asked for."""
    return Snapshot.objects.filter(board=board).order_by("-id").defer("body").first()


def newest_by_board() -> dict[int, Snapshot]:
    """Return the newest snapshot of each board that has one, without the bodies. Two queries."""
    newest = Snapshot.objects.filter(board=OuterRef("pk")).order_by("-id").values("pk")[:1]
    ids = Board.objects.annotate(newest=Subquery(newest)).values_list("newest", flat=True)
    rows = Snapshot.objects.filter(pk__in=[pk for pk in ids if pk]).defer("body")
    return {row.board_id: row for row in rows}


def plan_in_force() -> DrawPlan | None:
    """Return the draw plan in force; its pairs are read only where they are asked for."""
    return DrawPlan.objects.order_by("-id").defer("pairs").first()


def pairing_policy() -> PairingPolicy:
    """Return the policy in force in words and numbers."""
    plan = plan_in_force()
    strategy = plan.policy if plan else settings.DRAW_POLICY
    if plan is None or not plan.pairs:
        return PairingPolicy(strategy, STRATEGY_WORDS[strategy], settings.DRAW_FLOOR)
    chances = np.array([chance for _, _, chance in plan.pairs])
    return PairingPolicy(
        strategy=strategy,
        words=STRATEGY_WORDS[strategy],
        floor=settings.DRAW_FLOOR,
        models=len({slug for pair in plan.pairs for slug in pair[:2]}),
        pairs=len(chances),
        even=1.0 / len(chances),
        lowest=float(chances.min()),
        median=float(np.median(chances)),
        highest=float(chances.max()),
        as_of=plan.created_at,
    )


def latest(board: str = OVERALL) -> Snapshot | None:
    """Return the newest snapshot of a board, with the probabilities that go with it.

    In one statement: a moment later the row beside the snapshot is that of the next one.
    """
    rows = Snapshot.objects.filter(board__slug=board).order_by("-id")
    return rows.select_related("strengths").defer("strengths__numbers").first()


def unfounded_snapshots(most: int) -> list[str]:
    """Snapshots that name an entry, or its hash, that the ledger does not have: its end was cut
    off, or it was written anew."""
    entry = LedgerEntry.objects.filter(
        number=OuterRef("ledger_number"), hash=OuterRef("ledger_hash")
    )
    unfounded = Snapshot.objects.filter(~Exists(entry), ledger_number__gt=0).order_by("pk")
    rows = unfounded.values_list("pk", "ledger_number")[:most]
    return [f"Snapshot {pk} rests on entry {number}, which was another." for pk, number in rows]


def filter_of(board: Board, today: date) -> VoteFilter:
    """Return what the board counts on this UTC day; today is the last of its days."""
    since = today - timedelta(days=board.days - 1) if board.days else None
    return VoteFilter(
        category=board.category,
        language=board.language,
        since=since,
        without_presets=board.without_presets,
        by_voter=board.by_voter or bool(board.speaks_for),
        source=board.source,
        group=board.speaks_for,
    )


@dataclass(frozen=True, slots=True, eq=False)
class JointStrengths:
    """Strengths of a snapshot's rated models with their covariance, in natural-log odds."""

    names: tuple[str, ...]
    theta: Floats
    covariance: Floats


def joint_strengths(snapshot: Snapshot) -> JointStrengths | None:
    """Return the strengths of a board's newest snapshot; None of one that has been followed."""
    row = SnapshotStrengths.objects.filter(snapshot=snapshot).first()
    if row is None:
        return None
    numbers = np.frombuffer(bytes(row.numbers), dtype="<f4").astype(np.float64)
    size = len(row.names)
    return JointStrengths(tuple(row.names), numbers[:size], numbers[size:].reshape(size, size))


def first_probabilities(snapshot: Snapshot) -> dict[str, float]:
    """Return each rated model's probability to be the best.

    Empty of a snapshot of before, and of one that ``latest`` did not read.
    """
    row = snapshot.strengths if "strengths" in snapshot._state.fields_cache else None
    return dict(zip(row.names, row.first, strict=True)) if row else {}
