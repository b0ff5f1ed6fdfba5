"""python -m inference_worker.demo_models.evaluate [--items N] [--seed S] [--shuffle-images]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from inference_worker.demo_models.checkpoints import shipped
from inference_worker.demo_models.compose import Split
from inference_worker.demo_models.exam import Sheet, exam, shuffled
from inference_worker.demo_models.marking import Marks, mark, open_checkpoint
from inference_worker.demo_models.tables import table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m inference_worker.demo_models.evaluate")
    parser.add_argument("models", nargs="*", type=Path, help="folders; all shipped ones by default")
    parser.add_argument("--items", type=int, default=500, help="held-out items a task")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other scenes")
    parser.add_argument("--shuffle-images", action="store_true", help="ask about the wrong picture")
    parser.add_argument(
        "--unseen-pairs", action="store_true", help="only colours and shapes never trained together"
    )
    return parser.parse_args()


def evaluate(folder: Path, sheets: list[Sheet]) -> Marks:
    model, processor = open_checkpoint(folder)
    return mark(model, processor, sheets)


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(1)
    split: Split = "composition" if arguments.unseen_pairs else "held_out"
    sheets = exam(arguments.items, arguments.seed, split)
    if arguments.shuffle_images:
        sheets = shuffled(sheets)
    folders = arguments.models or shipped()
    marks = {folder.name: evaluate(folder, sheets) for folder in folders}
    sys.stdout.write(f"{table(marks)}\n")


if __name__ == "__main__":
    main()
