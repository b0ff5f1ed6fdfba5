"""How the programs under bench/ and chaos/ say what they found: a bar, a table, an exit status."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

console = Console()


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``ok`` is None for a figure that has no target."""

    name: str
    value: str
    target: str = ""
    ok: bool | None = None


class Ticks:
    """How far a program is."""

    def __init__(self, progress: Progress, title: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total)

    def tick(self) -> None:
        """One more is done."""
        self._progress.advance(self._task)


@contextmanager
def bar(title: str, total: int) -> Iterator[Ticks]:
    """A progress bar with the time left, for as long as the block runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as shown:
        yield Ticks(shown, title, total)


def conclude(title: str, figures: Sequence[Figure]) -> int:
    """Print the table; 1 when a target is missed, else 0."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    caption = f"{platform.machine()}, {os.cpu_count()} cores, load {load}"
    table = Table("check", "found", "target", "", title=title, caption=caption)
    for figure in figures:
        mark = {True: "ok", False: "MISSED", None: ""}[figure.ok]
        table.add_row(figure.name, figure.value, figure.target, mark)
    console.print(table)
    return int(any(figure.ok is False for figure in figures))


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values don't exceed; NaN for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else float("nan")
