"""The agreement of benchmarks with the votes: of each benchmark with each board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from arena.benchmarks.catalogue import Benchmark, benchmarks
from arena.benchmarks.correlation import RankAgreement, rank_agreement
from arena.benchmarks.selectors import ScoredModel
from arena.boards.models import Board, Snapshot
from arena.ledger.selectors.tallies import split_name


@dataclass(frozen=True, slots=True)
class BoardAgreement:
    """The rank correlation of a benchmark's scores with a board's ratings."""

    board: Board
    benchmark: Benchmark
    found: RankAgreement


def board_agreements(models: list[ScoredModel], shown: Iterable[Board]) -> list[BoardAgreement]:
    """Return what can be compared, board after board, the strongest agreement of each first.

    Two queries.
    """
    shown = list(shown)
    ratings: dict[int, dict[str, tuple[float, float]]] = {}
    newest = Snapshot.objects.filter(board=OuterRef("pk")).order_by("-id").values("pk")[:1]
    own = Board.objects.filter(pk__in=[board.pk for board in shown if board.pk])
    keys = own.annotate(newest=Subquery(newest)).values_list("newest", flat=True)
    for snapshot in Snapshot.objects.filter(pk__in=[key for key in keys if key]):
        named = [(split_name(row["model"]), row) for row in snapshot.rows]
        known = [(name, row) for name, row in named if row.get("rating") is not None]
        # Of a card's versions, the newest one that has a rating.
        known.sort(key=lambda pair: pair[0][1] or 0)
        # Rating and half of its interval, by slug.
        ratings[snapshot.board_id] = {
            slug: (row["rating"], (row["rating_upper"] - row["rating_lower"]) / 2)
            for (slug, _), row in known
        }
    found = []
    for board in shown:
        rated = ratings.get(board.pk, {})
        compared: list[tuple[Benchmark, RankAgreement | None]] = []
        for benchmark in benchmarks().values():
            both = [
                (model.scores[benchmark.key].percent, *rated[model.slug])
                for model in models
                if benchmark.key in model.scores and model.slug in rated
            ]
            scores, others, halves = zip(*both, strict=True) if both else ((), (), ())
            compared.append((benchmark, rank_agreement(scores, others, halves)))
        pairs = [(one, agreement) for one, agreement in compared if agreement is not None]
        pairs.sort(key=lambda pair: -pair[1].spearman)
        found += [BoardAgreement(board, benchmark, agreement) for benchmark, agreement in pairs]
    return found
