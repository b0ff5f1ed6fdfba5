"""The boards, and how pairs are drawn: what an operator has set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from arena.battles.models import DrawPlan
from arena.leaderboard.models import Board, Snapshot
from arena.leaderboard.selectors.ledger import OVERALL

STRATEGIES: dict[str, Promise] = {
    "uniform": _("Every pair is equally likely."),
    "fewest_votes": _("Pairs of models with few votes come first."),
    "a_optimal": _("The pairs come first whose votes narrow the intervals most."),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """How pairs are drawn now. ``even`` is what each pair's probability would be if all were
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
    """The overall one first, the others in the operators' order."""
    active = Board.objects.filter(active=True).order_by("position", "slug")
    return sorted(active, key=lambda board: board.slug != OVERALL)


def boards() -> list[Board]:
    """The active ones that have something to show, and the overall one in any case."""
    shown = Exists(Snapshot.objects.filter(board=OuterRef("pk")))
    rows = Board.objects.filter(Q(slug=OVERALL) | shown, active=True)
    return sorted(rows.order_by("position", "slug"), key=lambda board: board.slug != OVERALL)


def newest_facts(board: Board) -> Snapshot | None:
    """The board's newest snapshot; its body is read only where it is asked for."""
    return Snapshot.objects.filter(board=board).order_by("-id").defer("body").first()


def newest_by_board() -> dict[int, Snapshot]:
    """The newest snapshot of each board that has one, without the bodies. Two queries."""
    newest = Snapshot.objects.filter(board=OuterRef("pk")).order_by("-id").values("pk")[:1]
    ids = Board.objects.annotate(newest=Subquery(newest)).values_list("newest", flat=True)
    rows = Snapshot.objects.filter(pk__in=[pk for pk in ids if pk]).defer("body")
    return {row.board_id: row for row in rows}


def plan_in_force() -> DrawPlan | None:
    """Its pairs are read only where they are asked for."""
    return DrawPlan.objects.order_by("-id").defer("pairs").first()


def policy() -> Policy:
    """The policy in force in words and numbers."""
    plan = plan_in_force()
    strategy = plan.policy if plan else settings.DRAW_POLICY
    if plan is None or not plan.pairs:
        return Policy(strategy, STRATEGIES[strategy], settings.DRAW_FLOOR)
    chances = np.array([chance for _, _, chance in plan.pairs])
    return Policy(
        strategy=strategy,
        words=STRATEGIES[strategy],
        floor=settings.DRAW_FLOOR,
        models=len({slug for pair in plan.pairs for slug in pair[:2]}),
        pairs=len(chances),
        even=1.0 / len(chances),
        lowest=float(chances.min()),
        median=float(np.median(chances)),
        highest=float(chances.max()),
        as_of=plan.created_at,
    )
