"""python -m inference_worker.training --preset xs --out DIR [--from SMALLER]

Trains a preset, from nothing or grown from a smaller model; ends with the plot of its losses and
its table of held-out accuracy.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import torch

from inference_worker.training.exam import exam
from inference_worker.training.marking import mark
from inference_worker.training.pipeline import TrainingLength, TrainingRun
from inference_worker.training.plotting import plot
from inference_worker.training.presets import PRESETS
from inference_worker.training.publish import save
from inference_worker.training.tables import table

_CELL_SHARE = 0.3  # of the minutes goes to the vision stage


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m inference_worker.training")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="xs")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--from", type=Path, dest="smaller", help="trained folder to grow from")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="CPU minutes of both stages together")
    length.add_argument("--steps", type=int, nargs=2, metavar=("CELLS", "ANSWERS"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--items", type=int, default=200, help="held-out items a task at the end")
    parser.add_argument("--data", type=Path, help="folder of drawn scenes to share between runs")
    parser.add_argument("--resume", action="store_true", help="go on where an earlier call stopped")
    return parser.parse_args()


def _length(arguments: argparse.Namespace) -> TrainingLength:
    if arguments.minutes:
        cells = _CELL_SHARE * arguments.minutes
        return TrainingLength((0, 0), (cells, arguments.minutes - cells))
    return TrainingLength(tuple(arguments.steps or PRESETS[arguments.preset].steps))


def main() -> None:
    arguments = _arguments()
    if arguments.out.exists() and not arguments.resume:
        shutil.rmtree(arguments.out)
    torch.set_num_threads(1)
    length, preset = _length(arguments), PRESETS[arguments.preset]
    run = TrainingRun(preset, arguments.out, length, arguments.seed, arguments.smaller)
    model, processor = run.train(arguments.data)
    save(model, processor, arguments.out / "model")
    marks = mark(model, processor, exam(arguments.items, seed=0))
    sys.stdout.write(f"{table({arguments.preset: marks})}\nlosses: {plot(arguments.out)}\n")


if __name__ == "__main__":
    main()
