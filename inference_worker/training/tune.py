"""python -m inference_worker.training.tune BASE DATA --method sft|dpo|kto --out DIR

Tunes a model on the battles of an arena, with TRL's trainers and peft's LoRA. It checks the data,
trains, compares the model before and after on held-out items, and writes it with its card only
where it has become better; the exit status is 3 where it has not. Needs the training extra.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from peft import LoraConfig

from inference_worker.training.battle_data import (
    TABLES,
    BattleRows,
    Method,
    UnusableData,
    as_prompts,
    read_rows,
)
from inference_worker.training.comparison import NotBetter, PairedComparison, check_gain, compare
from inference_worker.training.exam import exam
from inference_worker.training.marking import answered, open_checkpoint
from inference_worker.training.plotting import plot
from inference_worker.training.preferences import prefers_chosen
from inference_worker.training.trainers import trainer_of
from inference_worker.training.tuning_card import write_card

EXAM: Final = "exam of drawn pictures"
BATTLES: Final = "held-out battles"
_EXAM_SEED: Final = 21
"""Another exam than the published one and than that of the last pass."""
KEPT_OUT: Final = 3
PARTS: Final = {"lora": (), "projector": ("projector",), "decoder": ("projector", "language")}
"""What each preset trains: small matrices beside all linear layers, or whole parts of the model.
LLaVA trains its projector first, and then projector and decoder."""


@dataclass(frozen=True, slots=True)
class TuningRecipe:
    """The settings by which a model is tuned."""

    method: Method
    preset: str
    steps: int
    batch: int
    rate: float
    beta: float
    rank: int
    seed: int


def tune(base: Path, data: Path, out: Path, recipe: TuningRecipe, items: int) -> None:
    """Tune, compare and write. Raises UnusableData, and NotBetter where nothing was written."""
    rows = read_rows(data, TABLES[recipe.method])
    pairs = rows if recipe.method == "dpo" else read_rows(data, TABLES["dpo"])
    sys.stdout.write(f"{len(rows.train)} rows to train on, {len(rows.held_out)} held out\n")
    for fault, number in rows.left_out.items():
        sys.stdout.write(f"left out {number}: {fault}\n")
    torch.manual_seed(recipe.seed)
    model, processor = open_checkpoint(base)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    before = _measured(model, processor, pairs, items)
    lora = None
    if recipe.preset == "lora":
        lora = LoraConfig(
            r=recipe.rank,
            lora_alpha=2 * recipe.rank,
            target_modules="all-linear",
            exclude_modules=r".*vision_tower.*",
            task_type="CAUSAL_LM",
        )
    else:
        for name, parameter in model.named_parameters():
            parameter.requires_grad = any(part in name for part in PARTS[recipe.preset])
    with tempfile.TemporaryDirectory() as folder:
        trainer = trainer_of(
            model.train(), processor, as_prompts(rows.train, recipe.method), lora, folder, recipe
        )
        trainer.train()
    trained = trainer.model.merge_and_unload() if lora else trainer.model
    history = {"model": trained.eval(), "log": trainer.state.log_history}
    tuned = history.pop("model")
    after = _measured(tuned, processor, pairs, items)
    found = [compare(name, before[name], after[name]) for name in before]
    for one in found:
        sys.stdout.write(f"{one}\n")
    check_gain(found)
    _write(tuned, processor, out, base=base, recipe=recipe, rows=rows, found=found, **history)


def _measured(model: Any, processor: Any, pairs: BattleRows, items: int) -> dict[str, list[bool]]:
    """Return whether each held-out item is right, by measure; the exam only for a model that is
    built as the shipped ones are."""
    model.eval()
    found = {}
    if (
        items
        and model.config.model_type == "llava"
        and model.config.vision_config.model_type == "swin"
    ):
        found[EXAM] = [right for _, right in answered(model, processor, exam(items, _EXAM_SEED))]
    if len(pairs.held_out):
        found[BATTLES] = prefers_chosen(model, processor, pairs.held_out)
    if not found:
        raise UnusableData("There is no held-out battle, so nothing can be compared.")
    return found


def _write(
    model: Any,
    processor: Any,
    out: Path,
    *,
    base: Path,
    recipe: TuningRecipe,
    rows: BattleRows,
    found: list[PairedComparison],
    log: list[dict[str, Any]],
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    processor.save_pretrained(out)
    curves = {"loss": "loss", "reward margin": "rewards/margins"}
    with (out / "losses.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        for stage, key in curves.items():
            points = [(one["step"], one[key]) for one in log if key in one]
            lines.writerows([stage, step, value] for step, value in points)
    plot(out)
    write_card(out, base=base, recipe=recipe, rows=rows, found=found)
    document = [
        {"measure": one.measure, "items": one.items, "before": one.before, "after": one.after}
        | {"lower": one.lower, "upper": one.upper}
        for one in found
    ]
    (out / "comparison.json").write_text(json.dumps(document, indent=1))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inference_worker.training.tune")
    parser.add_argument("base", type=Path, help="folder of the model")
    parser.add_argument("data", type=Path, help="folder of an export")
    parser.add_argument("--method", choices=sorted(TABLES), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--preset", choices=sorted(PARTS), default="lora")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--beta", type=float, default=0.1, help="of dpo and kto")
    parser.add_argument("--rank", type=int, default=16, help="of LoRA's matrices")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--items", type=int, default=60, help="of each task of the exam")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    recipe = TuningRecipe(
        asked.method,
        asked.preset,
        asked.steps,
        asked.batch,
        asked.rate,
        asked.beta,
        asked.rank,
        asked.seed,
    )
    try:
        tune(asked.base, asked.data, asked.out, recipe, asked.items)
    except UnusableData as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except NotBetter as error:
        sys.stderr.write(f"Kept out: {error}\n")
        return KEPT_OUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
