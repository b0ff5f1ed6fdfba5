"""python -m inference_worker.training.evaluate [--items N] [--seed S] [--shuffle-images] [--talks]

With --talks the exam of conversations and places; --cards writes its results into the folders.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import torch

from inference_worker.samples.compose import Split
from inference_worker.training.checkpoints import shipped
from inference_worker.training.conversation_exam import (
    conversation_exam,
    mark_conversations,
    other_pictures,
)
from inference_worker.training.exam import ExamSheet, exam, shuffled
from inference_worker.training.locations import location_ids
from inference_worker.training.marking import Marks, mark, open_checkpoint
from inference_worker.training.place_exam import PLACE_TASKS, mark_places, place_exam
from inference_worker.training.tables import table
from inference_worker.training.talk_card import TalkResults, place_table, renew

MOST_CONVERSATIONS: Final = 300
"""Of a task: each costs as much as several single questions, which share a picture."""


def evaluate(folder: Path, sheets: list[ExamSheet]) -> Marks:
    model, processor = open_checkpoint(folder)
    return mark(model, processor, sheets)


def measure_talks(folder: Path, items: int, seed: int) -> TalkResults:
    """Mark a folder on conversations and, where it points, on places."""
    model, processor = open_checkpoint(folder)
    sheets = conversation_exam(min(items, MOST_CONVERSATIONS), seed)
    tasks = PLACE_TASKS if location_ids(processor.tokenizer) else ()
    return TalkResults(
        mark_conversations(model, processor, sheets),
        mark_conversations(model, processor, other_pictures(sheets)),
        {task: mark_places(model, processor, place_exam(task, items, seed)) for task in tasks},
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inference_worker.training.evaluate")
    parser.add_argument("models", nargs="*", type=Path, help="folders; all shipped ones by default")
    parser.add_argument("--items", type=int, default=500, help="held-out items a task")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other scenes")
    parser.add_argument("--shuffle-images", action="store_true", help="ask about the wrong picture")
    parser.add_argument(
        "--unseen-pairs", action="store_true", help="only colours and shapes never trained together"
    )
    parser.add_argument("--talks", action="store_true", help="conversations and places instead")
    parser.add_argument("--cards", action="store_true", help="write the talks into the folders")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folders = arguments.models or shipped()
    if arguments.talks or arguments.cards:
        results = {}
        for folder in folders:
            results[folder.name] = measure_talks(folder, arguments.items, arguments.seed)
            if arguments.cards:
                renew(folder, results[folder.name])
        marks = {name: one.conversations for name, one in results.items()}
        others = {f"{name}, other pictures": one.other_pictures for name, one in results.items()}
        sys.stdout.write(f"{table(marks | others)}\n")
        for name, one in results.items():
            if one.places:
                sys.stdout.write(f"\n{name}\n\n{place_table(one.places)}\n")
        return
    split: Split = "composition" if arguments.unseen_pairs else "held_out"
    sheets = exam(arguments.items, arguments.seed, split)
    if arguments.shuffle_images:
        sheets = shuffled(sheets)
    marks = {folder.name: evaluate(folder, sheets) for folder in folders}
    sys.stdout.write(f"{table(marks)}\n")


if __name__ == "__main__":
    main()
