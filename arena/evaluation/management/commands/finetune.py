"""`manage.py finetune MODEL --method …`: a model learns from battles, then meets its base."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.selectors import newest_version
from arena.catalog.services import VersionSettings
from arena.evaluation.tools import interpreter
from arena.evaluation.tuning import KEPT_OUT, METHODS, PRESETS, base_of, tuned_card
from arena.onboarding.services import add_tuned_model


class Command(BaseCommand):
    """Runs the training as a program of its own, whose progress bar is shown as it comes."""

    help = (
        "Tune a model on the battles of this arena, compare it with its base on held-out items, and"
        " add it to the catalogue if it has become better."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="slug of the card whose newest version is the base")
        parser.add_argument("--method", choices=METHODS, required=True)
        parser.add_argument("--data", type=Path, help="folder of an export; a new one by default")
        parser.add_argument("--environment", type=Path, help="environment with the training extra")
        parser.add_argument("--out", type=Path, help="where the model goes")
        parser.add_argument("--preset", choices=PRESETS, default="lora")
        parser.add_argument("--steps", type=int, default=100)
        parser.add_argument("--rate", type=float, default=5e-4, help="learning rate")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--no-card", action="store_true", help="only write the folder")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["model"]
        card = ModelCard.objects.filter(slug=slug).first()
        version = newest_version(card) if card else None
        if version is None:
            raise CommandError(f"There is no model {slug!r} in the catalogue.")
        if version.base_url:
            raise CommandError(f"{version} answers at an endpoint: its weights are not here.")
        base = base_of(version)
        environment = options["environment"] or settings.DATA_DIR / "training"
        if not interpreter(environment).exists():
            raise CommandError(
                f"There is no environment for training in {environment}. Make it:\n"
                f"    python3 -m venv {environment}\n"
                f"    {environment}/bin/pip install -r requirements/torch.txt\n"
                f"    {environment}/bin/pip install --no-deps -r requirements/worker.txt"
                " -r requirements/train.txt"
            )
        name = f"{version.card.slug}-{options['method']}"
        out = (options["out"] or settings.DATA_DIR / "models" / name).resolve()
        if out.exists():
            raise CommandError(f"{out} is there already. Choose another folder with --out.")
        with tempfile.TemporaryDirectory() as folder:
            data = options["data"]
            if data is None:
                data = Path(folder) / "export"
                call_command("export", data, form=["parquet"], stdout=self.stdout)
            self._train(base, data.resolve(), out, environment, options)
        if not options["no_card"]:
            self._add(version, out, options["method"], name)

    def _train(
        self, base: str, data: Path, out: Path, environment: Path, options: dict[str, Any]
    ) -> None:
        asked = {name: options[name] for name in ("method", "preset", "steps", "rate", "seed")}
        pairs = [text for name, value in asked.items() for text in (f"--{name}", str(value))]
        program = [str(interpreter(environment).absolute()), "-m", "inference_worker.training.tune"]
        done = subprocess.run(
            [*program, base, str(data), "--out", str(out), *pairs],
            cwd=settings.BASE_DIR,
            check=False,
        )
        if done.returncode == KEPT_OUT:
            raise CommandError(
                "The tuned model is not certainly better than its base: it was kept out.",
                returncode=KEPT_OUT,
            )
        if done.returncode:
            raise CommandError(f"The training ended with status {done.returncode}.")

    def _add(self, base: ModelVersion, out: Path, method: str, slug: str) -> None:
        """Add the model as a card, or as the next version of the card of an earlier run."""
        measured = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
        card = tuned_card(base, method=method, slug=slug, measured=measured)
        version = add_tuned_model(card=card, recipe=VersionSettings(source=str(out)), base=base)
        self.stdout.write(
            f"Added {version}. Once its probe has passed and it is active, it is drawn against"
            f" {base.card.slug} as against all others, and the pages of both show how they compare."
        )
