"""The second turn of a conversation, with and without what was kept of the first.

    python -m tests.bench.second_turns --conversations 100

Equality: a tiny random model of each family in slots answers the first turns of conversations that
join at random moments, and then their second turns; each second answer is compared, token by token,
with ``generate`` on the same inputs alone. A first difference where the two likeliest tokens are
less than GAP apart counts as equal. Cost: the processor time of a second turn's prefill, after its
first turn and in a batch that kept nothing, in turn and ROUNDS times; the median of the ratios. The
shipped models are measured with a picture of theirs, the families with models of some 30
million parameters.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import torch

from inference_worker.backends import transformers
from inference_worker.backends.base import (
    AnsweredTurn,
    BackendError,
    GenerationInput,
    SamplingParams,
)
from inference_worker.backends.transformers.slots import SLOT_TYPES, WHOLE_PROMPTS, SlotBatch
from tests.bench.batched_families import loaded
from tests.figures import Figure, bar, conclude
from tests.inference_worker.families.equality import difference, played, question, words
from tests.inference_worker.families.recipes import MIDDLE
from tests.inference_worker.making import picture, settings, spec

SHIPPED = ("linnet-s", "heron-m")
ROUNDS = 9
MOST_OF_PREFILL = 0.5
"""The share of a whole prefill's time that a kept first turn may leave."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table; the exit status is 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--families", nargs="*", default=sorted(SLOT_TYPES - WHOLE_PROMPTS))
    told = parser.parse_args(arguments)
    torch.set_num_threads(1)
    figures: list[Figure] = []
    steps = len(told.families) + len(SHIPPED)
    with bar("models", steps) as ticks, tempfile.TemporaryDirectory() as place:
        for name in SHIPPED:
            backend = transformers.create(settings())
            pinned = backend.resolve_revision(spec(f"shipped:{name}", "transformers"))
            figures += saved(name, backend.load(pinned))
            ticks.tick()
        for family in told.families:
            figures += of_family(family, Path(place), told)
            ticks.tick()
    return conclude("second turns", figures)


def of_family(family: str, place: Path, told: argparse.Namespace) -> Iterator[Figure]:
    """Yield the figures of one family; a reason in their place where it does not load."""
    try:
        batch = loaded(family, place / family)
        if not batch._prompts.template:
            return
        yield equal(family, batch, told.conversations, Random(told.seed))
        yield from saved(family, loaded(family, place / f"{family}-middle", sizes=MIDDLE[family]))
    except (BackendError, ImportError) as error:
        yield Figure(f"{family}: not loaded", str(error)[:200], "loads", ok=False)


def equal(family: str, batch: SlotBatch, count: int, random: Random) -> Figure:
    """Return how many second answers are those of ``generate``."""
    first = [replace(question(batch, f"{n}", random), earlier=()) for n in range(count)]
    said = played(batch, first, random)
    second = [_second(one, "".join(said[one.id]), random) for one in first]
    found = played(batch, second, random)
    wrong = [one.id for one in second for _ in difference(batch, one, found[one.id])]
    name = f"{family}: equal second answers"
    return Figure(name, f"{count - len(wrong)} of {count}", "all", not wrong)


def saved(name: str, batch: Any) -> Iterator[Figure]:
    """Yield which share of a prefill's processor time the second turn takes: of the model's own
    work, and of all until the first token, decoding and preparing the picture included."""
    ratios: dict[str, list[float]] = {"model": [], "all": []}
    for n in range(ROUNDS):
        random = Random(n)
        images = (picture("red", size=(640, 480)),)
        first = GenerationInput("first", words(random), images, SamplingParams(12, 0.0, 1), 60.0)
        for part, seconds in (("model", _seconds_of_model), ("all", _seconds_to_join)):
            said = played(batch, [first], random)
            second = _second(first, "".join(said["first"]), random)
            ratios[part].append(seconds(batch, second) / seconds(batch, second))
    for part, target in (("model", MOST_OF_PREFILL), ("all", None)):
        found = ratios[part]
        figure = f"{median(found):.2f} ({min(found):.2f} to {max(found):.2f})"
        title = f"{name}: time of a second prefill over that of a whole one, {part}"
        if target is None:
            yield Figure(title, figure)
        else:
            yield Figure(title, figure, f"{target}", median(found) <= target)


@torch.inference_mode()
def _seconds_of_model(batch: Any, one: GenerationInput) -> float:
    """Return how long a prefill takes: of what is new, and where nothing is kept, of the whole."""
    inputs = batch._prompts.tensors(one).to(batch._model.device, batch._model.dtype)
    tokens = inputs["input_ids"][0].tolist()
    began = time.process_time()
    batch._resumed(one, inputs, tokens) or batch._read(inputs)
    return time.process_time() - began


def _seconds_to_join(batch: Any, one: GenerationInput) -> float:
    began = time.process_time()
    batch.join(one)
    took = time.process_time() - began
    batch.leave(one.id)
    return took


def _second(first: GenerationInput, answer: str, random: Random) -> GenerationInput:
    turn = AnsweredTurn(first.prompt, first.images, answer)
    return replace(first, prompt=words(random), images=(), earlier=(turn,))


if __name__ == "__main__":
    sys.exit(main())
