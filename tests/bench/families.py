"""Tries every family through the worker's backend and writes the table of docs/model-families.md.

    python -m tests.bench.families [--families qwen2_vl gemma3] [--check]

Run it once in the project's environment and once in one that has torchvision; each run writes the
column of its environment. ``--check`` writes nothing and says what differs from the stored results.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import msgspec
import torch
from msgspec.structs import replace

from tests.figures import bar
from tests.inference_worker.families import table
from tests.inference_worker.families.every import RECIPES
from tests.inference_worker.families.trying import FamilyResult, tried


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the results, or compare; the exit status is 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="*", default=sorted(RECIPES))
    parser.add_argument("--check", action="store_true")
    told = parser.parse_args(arguments)
    torch.set_num_threads(1)
    column = "torchvision" if find_spec("torchvision") else "plain"
    found: dict[str, FamilyResult] = {}
    with bar("families", len(told.families)) as ticks, tempfile.TemporaryDirectory() as place:
        for family in told.families:
            found[family] = tried(family, Path(place) / family)
            ticks.tick()
    if told.check:
        known = getattr(table.stored(), column).families
        differing = [family for family in found if found[family] != known.get(family)]
        print("\n".join(f"{family}: {found[family]}" for family in differing) or "as stored")
        return int(bool(differing))
    write(column, found)
    return 0


def write(column: str, found: dict[str, FamilyResult]) -> None:
    """Put results into their column, and the table into the page."""
    none = table.EnvironmentResults("", "", {})
    before = table.stored() if table.RESULTS.exists() else table.Results(none, none)
    families = {**getattr(before, column).families, **found}
    results = replace(
        before,
        **{
            column: table.EnvironmentResults(
                version("transformers"), version("torch").partition("+")[0], families
            )
        },
    )
    text = msgspec.json.format(msgspec.json.encode(results, order="sorted"), indent=1)
    table.RESULTS.write_bytes(text + b"\n")
    table.PAGE.write_text(table.page(results))


if __name__ == "__main__":
    sys.exit(main())
