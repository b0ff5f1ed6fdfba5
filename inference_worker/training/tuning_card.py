"""The model card of a tuned model, written from what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from inference_worker.training.comparison import PairedComparison

_CARD: Final = """---
base_model: {base}
library_name: transformers
pipeline_tag: image-text-to-text
tags: [{method}, vision-arena]
---

# {base}, tuned by {method}

Tuned on {rows} rows of battles of an arena, of which {held_out} more were held out; {left_out} rows
could not be used. {recipe}

| measure | items | before | after | difference (95 %) |
| --- | ---: | ---: | ---: | ---: |
{table}

Percent of right items. The interval is a bootstrap over items, each with its result before and
after. A held-out battle is right where the answer that its voter chose is the likelier one by the
mean log-probability of its tokens. The losses are in `losses.svg`.
"""


def write_card(
    folder: Path, *, base: Path, recipe: Any, rows: Any, found: Sequence[PairedComparison]
) -> None:
    """Write README.md beside the weights."""
    table = "\n".join(
        f"| {one.measure} | {one.items} | {one.before:.1f} | {one.after:.1f} |"
        f" {one.after - one.before:+.1f} ({one.lower:+.1f} to {one.upper:+.1f}) |"
        for one in found
    )
    how = (
        f"{recipe.steps} steps of {recipe.batch} rows, preset {recipe.preset},"
        f" learning rate {recipe.rate:g}, seed {recipe.seed}."
    )
    text = _CARD.format(
        base=base.name,
        method=recipe.method,
        rows=len(rows.train),
        held_out=len(rows.held_out),
        left_out=sum(rows.left_out.values()),
        recipe=how,
        table=table,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
