"""A shipped model tuned on simulated battles of its own arena: does it answer more, or stay out?

    python -m tests.bench.finetune --environment ENVIRONMENT --model linnet-s --battles 400

``ENVIRONMENT`` holds the training extra. The battles are asked about fresh drawn scenes, the model
against ``--against``, both at the arena's temperature; the voter prefers the side whose answer is
right by the scene, and only battles that one side wins count towards ``--battles``. They are rows
of a real database, from which the product's own export is written and ``manage.py finetune`` reads.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from io import BytesIO
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, bar, conclude

FIRST_SCENE = 20_000_000
TEMPERATURE = 0.7


def answers_of(folder: Path, seed: int) -> Any:
    """Return a function that answers a question about a picture as the arena would."""
    import torch

    from inference_worker.training.marking import open_checkpoint

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model, processor = open_checkpoint(folder)

    @torch.inference_mode()
    def answer(picture: Any, prompt: str) -> str:
        parts = [{"type": "image"}, {"type": "text", "text": prompt}]
        asked = [{"role": "user", "content": parts}]
        text = processor.apply_chat_template(asked, add_generation_prompt=True)
        inputs = processor(text=text, images=[picture], return_tensors="pt")
        made = model.generate(
            **inputs, max_new_tokens=48, do_sample=True, temperature=TEMPERATURE, top_k=0
        )
        new = made[0, inputs["input_ids"].shape[1] :]
        return str(processor.decode(new, skip_special_tokens=True)).strip()

    return answer


def simulate(model: str, against: str, battles: int, seed: int) -> list[dict[str, Any]]:
    """Return battles that one side won: question, picture, both answers, and the winner."""
    from inference_worker.samples.compose import compose
    from inference_worker.samples.drawing import draw
    from inference_worker.samples.questions import ask
    from inference_worker.settings import SHIPPED
    from inference_worker.training.store import kinds

    sides = {"a": answers_of(SHIPPED / model, seed), "b": answers_of(SHIPPED / against, seed + 1)}
    rng, found = Random(seed), []
    with bar("Battles", battles) as ticks:
        for kind, index in zip(kinds(100 * battles, seed), count(FIRST_SCENE)):
            scene = compose("train", kind, index)
            question, picture = rng.choice(ask(scene, rng)), draw(scene, 288, 1)
            said = {side: answer(picture, question.prompt) for side, answer in sides.items()}
            right = {side for side in said if said[side] == question.answer}
            if len(right) != 1:
                continue
            file = BytesIO()
            picture.save(file, "PNG")
            [winner] = right
            found.append({"prompt": question.prompt, "winner": winner, **said})
            found[-1]["picture"] = file.getvalue()
            ticks.tick()
            if len(found) == battles:
                break
    return found


def store(battles: list[dict[str, Any]], model: str, against: str, folder: Path) -> None:
    """Put the battles into the database as voted and published ones, and export them."""
    import django

    django.setup()
    from django.core.management import call_command

    from arena.battles.models import Image
    from arena.catalog.models import ModelCard
    from arena.ledger.services.folding import fold
    from tests import factories

    call_command("migrate", interactive=False, verbosity=0)
    call_command("fill_catalogue")
    versions = [
        ModelCard.objects.get(slug=slug).versions.latest("number") for slug in (model, against)
    ]
    for one in battles:
        image = factories.make_image(one["picture"])
        Image.objects.filter(pk=image.pk).update(width=288, height=288)
        battle = factories.make_battle_row(publish=True, state="voted", consent_version="bench")
        turn = factories.make_turn(battle, prompt=one["prompt"], image=image)
        for side, version in zip("ab", versions, strict=True):
            factories.make_generation(turn, side, version, text=one[side])
        factories.store_vote(battle, one["winner"])
    while fold():
        pass
    call_command("export", folder, form=["parquet"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environment", type=Path, required=True)
    parser.add_argument("--model", default="linnet-s")
    parser.add_argument("--against", default="heron-m")
    parser.add_argument("--battles", type=int, default=400)
    parser.add_argument("--method", default="dpo")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for battles, export and model")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as path:
        home = args.keep or Path(path)
        home.mkdir(parents=True, exist_ok=True)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "arena.config.settings",
            "ARENA_DATA_DIR": str(home / "data"),
            "DATABASE_URL": f"sqlite:///{home / 'arena.sqlite3'}",
            "ARENA_BOOTSTRAP": "off",
        }
        if not (home / "export").exists():
            battles = simulate(args.model, args.against, args.battles, args.seed)
            store(battles, args.model, args.against, home / "export")
        out = home / f"{args.method}-{args.model}"
        argv = [sys.executable, "manage.py", "finetune", args.model, "--method", args.method]
        argv += ["--data", str(home / "export"), "--environment", str(args.environment)]
        argv += [
            "--steps",
            str(args.steps),
            "--rate",
            str(args.rate),
            "--out",
            str(out),
            "--no-card",
        ]
        done = subprocess.run(argv, cwd=ROOT, check=False)
        found = [Figure(f"{args.method} on {args.battles} battles", _said(done.returncode))]
        if (out / "comparison.json").exists():
            for one in json.loads((out / "comparison.json").read_text()):
                gain = f"{one['after'] - one['before']:+.1f}"
                span = f"({one['lower']:+.1f} to {one['upper']:+.1f})"
                value = f"{one['before']:.1f} before, {one['after']:.1f} after, {gain} {span}"
                risen = "risen beyond its interval"
                found.append(Figure(one["measure"], value, risen, one["lower"] > 0))
    return conclude("Tuned on its own battles", found)


def _said(status: int) -> str:
    return "accepted" if status == 0 else f"kept out, status {status}"


if __name__ == "__main__":
    sys.exit(main())
