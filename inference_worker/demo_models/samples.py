"""Sample pictures with prompts that suit the demo models.

python -m inference_worker.demo_models.samples --out DIR [--count N] [--seed S]
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from random import Random, SystemRandom
from typing import Final

from PIL import Image
from redis import Redis

from inference_worker.demo_models import fonts
from inference_worker.demo_models.compose import compose
from inference_worker.demo_models.drawing import draw
from inference_worker.demo_models.questions import Question, ask
from inference_worker.demo_models.scenes import Kind, Scene
from inference_worker.wire import samples as wire

_SIDE: Final = 320
_COLOURS: Final = 96  # of a stored picture: hardly seen, and a third of the bytes
_FRESH_BITS: Final = 48  # of a fresh scene's number: none is drawn twice
# The order in which categories come up; shapes and emoji are what the models know best.
_ROUND: Final[tuple[Kind, ...]] = ("shapes", "emoji", "text", "shapes", "bars")
CATEGORIES: Final[dict[Kind, str]] = {
    "shapes": "shapes",
    "text": "text",
    "bars": "charts",
    "emoji": "emoji",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of `samples.json`; `alt` says what is in the picture."""

    file: str
    prompt: str
    category: str
    alt: str


def sample(kind: Kind, number: int, seed: int) -> tuple[Image.Image, Sample]:
    """A fresh picture and its row; every number and seed draws another."""
    scene = compose("samples", kind, seed * 1_000_000 + number)
    questions = ask(scene, Random(f"samples/{seed}/{number}"))
    category = CATEGORIES[kind]
    row = Sample(f"{category}-{number:02d}.png", _prompt(questions, number), category, alt(scene))
    return draw(scene, _SIDE), row


def alt(scene: Scene) -> str:
    """What the picture shows, in words, left to right."""
    if scene.kind == "text":
        return f'The text "{scene.text}" in {scene.parts[0].colour}'
    if scene.kind == "bars":
        return f"A bar chart with bars in {', '.join(part.colour for part in scene.parts)}"
    if scene.kind == "emoji":
        return f"Emoji: {', '.join(part.emoji for part in scene.parts)}"
    return f"Shapes: {', '.join(part.name for part in scene.parts)}"


def _prompt(questions: list[Question], number: int) -> str:
    """One prompt, the task changing from picture to picture, as a careful writer puts it."""
    tasks = sorted({question.task for question in questions})
    task = tasks[number % len(tasks)]
    prompt = next(question.prompt for question in questions if question.task == task)
    end = "" if prompt[-1] in "?." else "." if prompt.lower().startswith(_ORDERS) else "?"
    return f"{prompt[0].upper()}{prompt[1:]}{end}"


_ORDERS: Final = ("count", "describe", "read", "name")


def write(folder: Path, count: int, seed: int) -> list[Sample]:
    """Pictures as PNG and `samples.json` beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, kind in enumerate(islice(cycle(_ROUND), count)):
        picture, row = sample(kind, number, seed)
        (folder / row.file).write_bytes(_png(picture))
        rows.append(row)
    text = json.dumps([asdict(row) for row in rows], indent=1)
    (folder / "samples.json").write_text(f"{text}\n", encoding="utf-8")
    return rows


def put(redis: Redis, count: int) -> None:
    """Draw `count` that nobody has seen; they wait in Redis for visitors."""
    dice = SystemRandom()
    for kind in dice.choices(drawable(), k=count):
        picture, row = sample(kind, dice.getrandbits(_FRESH_BITS), seed=0)
        data = base64.b64encode(_png(picture)).decode()
        name = Path(row.file).stem
        wire.put(redis, wire.Sample(name, row.prompt, row.category, row.alt, data))


def drawable() -> list[Kind]:
    """Kinds of pictures for which this machine has the fonts, as often as they come up."""
    lacking = {"text": fonts.find(fonts.FACES[0]) is None, "emoji": not fonts.has_emoji()}
    return [kind for kind in _ROUND if not lacking.get(kind)]


def _png(picture: Image.Image) -> bytes:
    out = BytesIO()
    small = picture.quantize(_COLOURS, dither=Image.Dither.NONE).convert("RGB")
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inference_worker.demo_models.samples")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rows = write(arguments.out, arguments.count, arguments.seed)
    sys.stdout.write(f"{len(rows)} pictures in {arguments.out}\n")


if __name__ == "__main__":
    main()
