"""The table of families in ``docs/model-families.md``, from results of the program."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from tests.inference_worker.families.trying import FamilyResult

ROOT = Path(__file__).resolve().parents[3]
RESULTS = Path(__file__).parent / "results.json"
PAGE = ROOT / "docs/model-families.md"
FAMILIES = tuple(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
"""Every family that the pinned transformers maps to image-text-to-text, by its model type."""

HEAD = """# Families of vision-language models

Which families of the pinned transformers this worker can run. A row was made by loading a tiny
folder of the family, with random weights, through the worker's own backend, and by asking it one
question with a picture, one with two pictures, one in a second turn, and one without a picture.
Random weights show that a family loads, answers, streams and takes such questions; they say
nothing about how good its models are. No weights of the Hub were loaded, and nothing was run on a
GPU.

- *slots*: several requests share each step ([worker.md](worker.md#models-that-are-loaded-here));
  *one at a time*: requests follow one another.
- A sentence is the error of the family's own classes or the refusal of the worker. Two pictures
  and two turns that a family cannot take are stated as `max_images` and `max_turns` in the
  options of a version.
- Families without a chat template need a `prompt_template` in the options of their version, like
  the one shown.
- *no tiny folder*: the family's own classes make no model, for the reason that is given.

The table is written by this command, once in an environment without torchvision and once in one
with it:

```sh
.venv/bin/python -m tests.bench.families
```

"""


class EnvironmentResults(Struct, frozen=True):
    """What families do in one environment."""

    transformers: str
    torch: str
    families: dict[str, FamilyResult]


class Results(Struct, frozen=True, omit_defaults=True):
    """What families do without torchvision, and with it."""

    plain: EnvironmentResults
    torchvision: EnvironmentResults


def stored() -> Results:
    """Return the results that the program has written."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=Results)


def page(results: Results) -> str:
    """Return the text of the page."""
    lines = [
        f"Tried with transformers {results.plain.transformers}: without torchvision on torch"
        f" {results.plain.torch}, with it on torch {results.torchvision.torch}, both on a CPU.",
        "",
        "| family | without torchvision | with torchvision | limits | options that it was given |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_row(family, results) for family in FAMILIES]
    return HEAD + "\n".join(lines) + "\n"


def _row(family: str, results: Results) -> str:
    from tests.inference_worker.families.every import RECIPES

    plain, with_it = (one.families.get(family) for one in (results.plain, results.torchvision))
    best = with_it if with_it and with_it.engine else plain
    options = RECIPES[family].options if family in RECIPES else ""
    cells = [f"`{family}`", _load(plain), _load(with_it), _limits(best)]
    cells.append(f"`{options}`" if options else "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _load(result: FamilyResult | None) -> str:
    if result is None:
        return "not tried"
    return result.engine or result.load


def _limits(result: FamilyResult | None) -> str:
    if result is None or not result.engine:
        return ""
    named = {
        "answer": result.answer,
        "stream": result.stream,
        "two pictures": result.two_pictures,
        "two turns": result.two_turns,
        "no picture": result.no_picture,
    }
    found = [f"{name}: {limit}" for name, limit in named.items() if limit]
    return "; ".join(found) or "none: two pictures, two turns, no picture"
