"""python -m inference_worker.demo_models.training.ship RUN --slug SLUG --name NAME --about TEXT

Marks a trained folder, passes it through the gate, and writes it with its card to `checkpoints/`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import torch

from inference_worker.demo_models.card import Identity, Results, write
from inference_worker.demo_models.checkpoints import FOLDER, WEIGHTS
from inference_worker.demo_models.evaluate import evaluate
from inference_worker.demo_models.exam import exam, shuffled
from inference_worker.demo_models.tables import table
from inference_worker.demo_models.training.gate import check

_SEED = 1  # of the published exam; the gate and the card read the same marks


def ship(trained: Path, identity: Identity, items: int) -> Results:
    """Raises HeldOutScoreFell where a better folder of this slug is already shipped."""
    sheets = exam(items, _SEED)
    results = Results(
        evaluate(trained, sheets),
        evaluate(trained, shuffled(sheets)),
        evaluate(trained, exam(items, _SEED, "composition")),
    )
    folder = FOLDER / identity.slug
    if (folder / WEIGHTS).exists():
        check(evaluate(folder, sheets), results.held_out)
        shutil.rmtree(folder)
    shutil.copytree(trained, folder)
    write(folder, identity, results)
    return results


def recipe(run: Path, origin: str = "", finish: str = "") -> str:
    """Steps and CPU minutes of a run's stages, in a sentence, from its state files."""
    told = []
    for stage in ("cells", "answers"):
        if (run / f"{stage}.state").exists():
            kept = torch.load(run / f"{stage}.state", weights_only=True, mmap=True)
            told.append(f"{kept['step']:,} steps ({kept['spent'] / 60:.0f} CPU minutes) on {stage}")
    begun = f"Grown from {origin} with more layers, and trained" if origin else "Trained"
    return f"{begun} on one CPU core: {', then '.join(told)}.{finish}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inference_worker.demo_models.training.ship")
    parser.add_argument("run", type=Path)
    parser.add_argument("--slug", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--about", required=True, help="one sentence for the card")
    parser.add_argument("--from", dest="origin", default="", help="name of what it was grown from")
    parser.add_argument("--finish", default="", help="what the last pass did, in a sentence")
    parser.add_argument("--items", type=int, default=500)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    told = recipe(arguments.run, arguments.origin, arguments.finish and f" {arguments.finish}")
    identity = Identity(arguments.slug, arguments.name, arguments.about, told)
    results = ship(arguments.run / "model", identity, arguments.items)
    columns = {identity.slug: results.held_out, "wrong picture": results.shuffled}
    sys.stdout.write(f"{table(columns)}\n")


if __name__ == "__main__":
    main()
