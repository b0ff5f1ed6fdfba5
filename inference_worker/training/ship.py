"""python -m inference_worker.training.ship RUN --slug SLUG --name NAME --about TEXT

Marks a trained folder, passes it through the gate, and writes it with its card to `checkpoints/`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import torch

from inference_worker.settings import SHIPPED
from inference_worker.training.card import ExamResults, ModelIdentity, write
from inference_worker.training.checkpoints import WEIGHTS
from inference_worker.training.evaluate import evaluate, measure_talks
from inference_worker.training.exam import exam, shuffled
from inference_worker.training.gate import check
from inference_worker.training.tables import table

_SEED = 1  # of the published exam; the gate and the card read the same marks


def ship(
    trained: Path, identity: ModelIdentity, items: int, *, within_chance: bool = False
) -> ExamResults:
    """Raises HeldOutScoreFell where a better folder of this slug is already shipped."""
    sheets = exam(items, _SEED)
    results = ExamResults(
        evaluate(trained, sheets),
        evaluate(trained, shuffled(sheets)),
        evaluate(trained, exam(items, _SEED, "composition")),
        measure_talks(trained, items, _SEED),
    )
    folder = SHIPPED / identity.slug
    if (folder / WEIGHTS).exists():
        check(evaluate(folder, sheets), results.held_out, within_chance=within_chance)
        shutil.rmtree(folder)
    shutil.copytree(trained, folder)
    write(folder, identity, results)
    return results


def recipe(run: Path, origin: str = "", finish: str = "", before: str = "") -> str:
    """Steps and CPU minutes of a run's stages, in a sentence, from its state files.

    `before` tells what the run went on from.
    """
    told = []
    for stage in ("cells", "answers"):
        if (run / f"{stage}.state").exists():
            kept = torch.load(run / f"{stage}.state", weights_only=True, mmap=True)
            told.append(f"{kept['step']:,} steps ({kept['spent'] / 60:.0f} CPU minutes) on {stage}")
    begun = f"Grown from {origin} with more layers, and trained" if origin else "Trained"
    if before:
        begun = f"{before} Then trained further"
    return f"{begun} on one CPU core: {', then '.join(told)}.{finish}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inference_worker.training.ship")
    parser.add_argument("run", type=Path)
    parser.add_argument("--slug", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--about", required=True, help="one sentence for the card")
    parser.add_argument("--from", dest="origin", default="", help="name of what it was grown from")
    parser.add_argument("--finish", default="", help="what the last pass did, in a sentence")
    parser.add_argument("--before", default="", help="the recipe of the model it went on from")
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument(
        "--within-chance",
        action="store_true",
        help="pass a fall of the mean that is within its 95 % interval",
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    finish = arguments.finish and f" {arguments.finish}"
    told = recipe(arguments.run, arguments.origin, finish, arguments.before)
    identity = ModelIdentity(arguments.slug, arguments.name, arguments.about, told)
    results = ship(
        arguments.run / "model", identity, arguments.items, within_chance=arguments.within_chance
    )
    columns = {identity.slug: results.held_out, "wrong picture": results.shuffled}
    sys.stdout.write(f"{table(columns)}\n{table({identity.slug: results.talks.conversations})}\n")


if __name__ == "__main__":
    main()
