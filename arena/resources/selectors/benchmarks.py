"""Benchmark scores as a table and their agreement with the votes, as the page has them."""

from __future__ import annotations

from arena.benchmarks.catalogue import benchmarks
from arena.benchmarks.selectors import default_columns, scored_models
from arena.boards.selectors import boards
from arena.leaderboard.selectors.agreement import board_agreements
from arena.leaderboard.selectors.benchmarks import ScoreView
from arena.leaderboard.selectors.page import board_of
from arena.resources.benchmark_schemas import (
    AgreementList,
    AgreementRow,
    BenchmarkTable,
    BenchmarkTableRow,
)


def benchmark_table(view: ScoreView, *, skip: int, limit: int) -> BenchmarkTable:
    """Return a page of the models that the view picks, in its order."""
    picked = view.pick(scored_models(view.columns))
    rows: list[BenchmarkTableRow] = []  # type: ignore[valid-type]  # made from a file
    for model in picked[skip : skip + limit]:
        scores = {key: model.scores[key].percent for key in benchmarks() if key in model.scores}
        rows.append(
            BenchmarkTableRow(
                model_name=model.slug,
                display_name=model.name,
                organization=model.organization,
                license=model.licence,
                parameters=model.parameters,
                size_class=model.size_class,
                open_weights=model.has_open_weights,
                average=model.average,
                mean_rank=model.mean_rank,
                **{key.replace("-", "_"): value for key, value in scores.items()},
            )
        )
    return BenchmarkTable(
        benchmarks=list(view.columns),
        sort=view.sort,
        models=rows,
        next=str(skip + limit) if len(picked) > skip + limit else "",
    )


def agreement_list(board: str) -> AgreementList:
    """Return the agreement of each benchmark with a board, or with every one if none is named.

    Raise NotFound for a board that has never been shown.
    """
    shown = [board_of(board)] if board else boards()
    found = board_agreements(scored_models(default_columns()), shown)
    return AgreementList(
        agreements=[
            AgreementRow(
                board=one.board.slug,
                category=one.board.category,
                benchmark=one.benchmark.key,
                benchmark_name=one.benchmark.name,
                models=one.found.models,
                spearman=one.found.spearman,
                spearman_lower=one.found.lower,
                spearman_upper=one.found.upper,
                kendall=one.found.kendall,
            )
            for one in found
        ]
    )
