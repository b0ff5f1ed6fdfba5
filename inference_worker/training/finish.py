"""python -m inference_worker.training.finish MODEL --out DIR [--steps N]

The last pass, with TRL's SFTTrainer on rows of images and messages: the form that votes take later.
Needs the training extra. The result is written only where the held-out score did not fall.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import torch
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from inference_worker.samples.compose import compose
from inference_worker.samples.questions import ask
from inference_worker.training.exam import exam
from inference_worker.training.gate import check
from inference_worker.training.marking import mark, open_checkpoint
from inference_worker.training.publish import save
from inference_worker.training.store import kinds, picture
from inference_worker.training.tables import table

_FIRST_SCENE: Final = 10_000_000  # far beyond what the stages draw: the pass sees fresh scenes
_EXAM_SEED: Final = 7  # another exam than the published one, which must stay unseen
_BATCH: Final = 16


def rows(number: int, seed: int) -> Dataset:
    """Yield rows with one question about a new scene each."""
    rng = Random(seed)
    told = []
    for kind, index in zip(kinds(number, seed), count(_FIRST_SCENE), strict=False):
        scene = compose("train", kind, index)
        question = ask(scene, rng)[0]
        messages = [
            {"role": "user", "content": question.prompt},
            {"role": "assistant", "content": question.answer},
        ]
        told.append({"images": [picture(scene)], "messages": messages})
    return Dataset.from_list(told)


def settings(folder: str, steps: int, rate: float, seed: int) -> SFTConfig:
    on_cpu = not torch.cuda.is_available()
    return SFTConfig(
        output_dir=folder,
        max_steps=steps,
        per_device_train_batch_size=_BATCH,
        learning_rate=rate,
        lr_scheduler_type="cosine",
        warmup_steps=min(20, steps),
        max_length=None,  # the default would cut the picture's tokens
        assistant_only_loss=True,
        gradient_checkpointing=False,
        bf16=True,
        use_cpu=on_cpu,
        dataloader_pin_memory=False,
        report_to="none",
        save_strategy="no",
        seed=seed,
    )


def finish(trained: Path, out: Path, steps: int, rate: float, seed: int, items: int) -> str:
    """Two columns of marks. Raises HeldOutScoreFell, with nothing written, where the pass harms."""
    sheets = exam(items, _EXAM_SEED)
    model, processor = open_checkpoint(trained)
    before = mark(model, processor, sheets)
    with tempfile.TemporaryDirectory() as folder:
        trainer: Any = SFTTrainer(
            model=model.train(),
            args=settings(folder, steps, rate, seed),
            train_dataset=rows(steps * _BATCH, seed),
            processing_class=processor,
        )
        trainer.train()
    after = mark(model.eval(), processor, sheets)
    check(before, after)
    save(model, processor, out)
    return table({"before": before, "after": after})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inference_worker.training.finish")
    parser.add_argument("model", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--items", type=int, default=200, help="held-out items a task for the gate")
    told = parser.parse_args()
    torch.set_num_threads(1)
    marks = finish(told.model, told.out, told.steps, told.rate, told.seed, told.items)
    sys.stdout.write(f"{marks}\n")


if __name__ == "__main__":
    main()
