"""The catalogue of benchmarks: what each measures, and where tools write its score."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TYPED = "typed"
"""The format of a score that an operator typed in: its data set is the key of the benchmark."""
TYPED_METRIC = "percent"
CATALOGUE = Path(__file__).parent / "catalogue.toml"


@dataclass(frozen=True, slots=True)
class ScoreSource:
    """The place of a benchmark's score in the files of one tool.

    `maximum` is the best possible value there. Several data sets are averaged; `decimals` is the
    number of decimals to which the tool itself rounds this mean, None where it does not.
    """

    tool: str
    datasets: tuple[str, ...]
    metric: str
    maximum: float
    decimals: int | None = None

    def percent(self, values: Mapping[tuple[str, str], float]) -> float | None:
        """Return the score from 0 to 100, or None where a data set's value is missing.

        `values` are by data set and metric.
        """
        found = [values.get((dataset, self.metric)) for dataset in self.datasets]
        known = [value for value in found if value is not None]
        if len(known) < len(found):
            return None
        mean = sum(known) / len(known)
        if self.decimals is not None and len(known) > 1:
            mean = round(mean, self.decimals)
        return 100 * mean / self.maximum


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An entry of the catalogue of benchmarks. `items` is the number of its questions."""

    key: str
    name: str
    measures: str
    items: int
    licence: str
    source: str
    needs_judge: bool
    is_default: bool
    sources: tuple[ScoreSource, ...]


@cache
def benchmarks() -> dict[str, Benchmark]:
    """Return the catalogue by key, in the order of its file."""
    entries = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {
        key: Benchmark(
            key=key,
            name=entry["name"],
            measures=entry["measures"],
            items=entry["items"],
            licence=entry["licence"],
            source=entry["source"],
            needs_judge=entry["judge"],
            is_default=entry["default"],
            sources=tuple(
                ScoreSource(
                    place["tool"],
                    tuple(place["data"]),
                    place["metric"],
                    place["maximum"],
                    place.get("decimals"),
                )
                for place in entry["scores"]
            ),
        )
        for key, entry in entries.items()
    }
