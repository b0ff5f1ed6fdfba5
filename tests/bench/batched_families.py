"""Families in slots: greedy answers against a lone ``generate``, and what shared steps save.

    python -m tests.bench.batched_families --requests 100

Equality: a tiny random model of each family answers requests of random lengths, with none to two
pictures and with and without an earlier turn, which join the slots at random moments and leave when
they are done. Each answer is compared, token by token, with ``generate`` on the same inputs alone.
A first difference where the two likeliest tokens are less than GAP apart counts as equal: there the
order of additions decides. Speed: a model of some 30 million parameters, whose weights no cache of
a core holds, makes answers of TOKENS tokens with one picture each, one request at a time and eight
at once; processor time of one core.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch

from inference_worker.backends.base import BackendError
from inference_worker.backends.transformers.slots import SLOT_TYPES, SlotBatch
from tests.figures import Figure, bar, conclude
from tests.inference_worker.families import folders, trying
from tests.inference_worker.families.equality import SLOTS, equality
from tests.inference_worker.families.recipes import MIDDLE
from tests.inference_worker.making import ask

TOKENS = 64
TIMES = 3.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table; the exit status is 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--families", nargs="*", default=sorted(SLOT_TYPES))
    parser.add_argument("--no-speed", action="store_true")
    told = parser.parse_args(arguments)
    torch.set_num_threads(1)
    figures: list[Figure] = []
    with bar("families", len(told.families)) as ticks, tempfile.TemporaryDirectory() as place:
        for family in told.families:
            figures += of_family(family, Path(place), told)
            ticks.tick()
    return conclude("batched families", figures)


def of_family(family: str, place: Path, told: argparse.Namespace) -> Iterator[Figure]:
    """Yield the figures of one family; a reason in their place where it does not load."""
    try:
        batch = loaded(family, place / family)
        equal, differences = equality(batch, told.requests, Random(told.seed))
        value = f"{equal} of {told.requests}" + "".join(f"; {one}" for one in differences[:3])
        yield Figure(f"{family}: equal answers", value, "all", equal == told.requests)
        if not told.no_speed:
            batch = loaded(family, place / f"{family}-middle", sizes=MIDDLE[family])
            alone, together = per_second(batch, 1), per_second(batch, SLOTS)
            numbers = f"{batch._model.num_parameters() / 1e6:.0f} M"
            value = f"{together / alone:.1f} ({alone:.0f} to {together:.0f} a second, {numbers})"
            yield Figure(
                f"{family}: tokens per second of a core, {SLOTS} at once over one",
                *(value, f"{TIMES}", together / alone >= TIMES),
            )
    except (BackendError, ImportError) as error:
        yield Figure(f"{family}: not loaded", str(error)[:200], "loads", ok=False)


def loaded(family: str, folder: Path, **more: Any) -> SlotBatch:
    """Return a family's model in slots."""
    folders.make(family, folder, **more)
    batch = trying.load(family, folder)
    if not isinstance(batch, SlotBatch):
        raise BackendError("unavailable", f"{family} does not run in slots")
    return batch


def per_second(batch: SlotBatch, at_once: int) -> float:
    """Return the tokens that SLOTS requests bring for each second of processor time."""
    batch._forced_tokens = TOKENS
    asks = [ask(str(n), "what is in this picture", tokens=TOKENS) for n in range(SLOTS)]
    began = time.process_time()
    for first in range(0, SLOTS, at_once):
        left = at_once
        for one in asks[first : first + at_once]:
            batch.join(one)
        while left:
            left -= sum(piece.finish is not None for piece in batch.step())
    return SLOTS * TOKENS / (time.process_time() - began)


if __name__ == "__main__":
    sys.exit(main())
