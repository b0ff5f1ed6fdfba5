"""Tables of marks as text."""

from __future__ import annotations

from collections.abc import Mapping

from inference_worker.training.marking import Marks, mean


def table(columns: Mapping[str, Marks]) -> str:
    """A Markdown table: a row a task, a column a model, percent with its 95 % interval."""
    names = list(columns)
    tasks = list(columns[names[0]])
    lines = [_row(["task", "n", *names]), _row(["---", *["---:"] * (len(names) + 1)])]
    for task in tasks:
        cells = [task, str(columns[names[0]][task].asked)]
        for marks in columns.values():
            low, high = marks[task].interval
            cells.append(f"{marks[task].percent:.0f} ({low:.0f}-{high:.0f})")
        lines.append(_row(cells))
    lines.append(
        _row(["**mean over tasks**", "", *(f"**{mean(columns[name]):.1f}**" for name in names)])
    )
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
