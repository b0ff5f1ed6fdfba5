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
        asked = str(columns[names[0]][task].asked)
        lines.append(_row([task, asked, *(_cell(columns[name], task) for name in names)]))
    lines.append(
        _row(["**mean over tasks**", "", *(f"**{mean(columns[name]):.1f}**" for name in names)])
    )
    return "\n".join(lines)


def _cell(marks: Marks, task: str) -> str:
    low, high = marks[task].interval
    return f"{marks[task].percent:.0f} ({low:.0f}-{high:.0f})"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
