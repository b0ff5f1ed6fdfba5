"""The fields of benchmark scores as a table, and of their agreement with the votes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, create_model

from arena.benchmarks.catalogue import benchmarks


class ScoredModelRow(BaseModel):
    """A model with a score. Each benchmark of the catalogue has a field with its key, in percent
    of the best possible score, null where the model has none."""

    model_name: str = Field(
        description="Key of the model's card; empty for a model without a card."
    )
    display_name: str
    organization: str
    license: str
    parameters: int | None = Field(description="Number of weights of the model, if it is known.")
    size_class: str = Field(description='From "<4B" to ">40B", or "unknown".')
    open_weights: bool | None = Field(description="Null if nothing is known of it.")
    average: float | None = Field(
        description="Mean of the chosen benchmarks; null if one of them is missing."
    )
    mean_rank: float | None = Field(
        description="Mean of the model's places in the chosen benchmarks, among all models that "
        "have a score of each; null if one of them is missing."
    )


_FIELDS: dict[str, Any] = {
    key.replace("-", "_"): (
        float | None,
        Field(None, description=f"{each.name}: {each.measures}"),
    )
    for key, each in benchmarks().items()
}
BenchmarkTableRow: type[ScoredModelRow] = create_model(
    "BenchmarkTableRow", __base__=ScoredModelRow, **_FIELDS
)


class BenchmarkTable(BaseModel):
    """Models with their scores, in the order that was asked for."""

    benchmarks: list[str] = Field(description="Keys of the benchmarks that make the average.")
    sort: str
    models: list[BenchmarkTableRow]  # type: ignore[valid-type]  # made from the catalogue
    next: str = Field(description="Cursor of the next page; empty on the last.")


class AgreementRow(BaseModel):
    """The rank correlation of a benchmark's scores with a board's ratings, over `models` models."""

    board: str
    category: str = Field(description="The votes that the board counts; empty for all.")
    benchmark: str = Field(description="Key of the benchmark.")
    benchmark_name: str
    models: int
    spearman: float
    spearman_lower: float = Field(description="Lower end of the 95% interval.")
    spearman_upper: float = Field(description="Upper end of the 95% interval.")
    kendall: float = Field(description="Kendall's tau-b.")


class AgreementList(BaseModel):
    """The agreements with votes of benchmarks that have at least five models rated on a board."""

    agreements: list[AgreementRow]
