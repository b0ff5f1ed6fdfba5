"""Files of an operator with a category and a rule in each line."""

from __future__ import annotations

from pathlib import Path


def category_lines(path: Path) -> list[tuple[str, str]]:
    """Return the category and the rule of each line. Raises OSError for a file that can't be read
    and ValueError for a line that has no category."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        category, colon, rule = line.partition(":")
        if not colon or not category.strip() or not rule.strip():
            raise ValueError(f"{path}, line {number}: takes `category: rule`")
        rows.append((category.strip(), rule.strip()))
    return rows
