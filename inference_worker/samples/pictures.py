"""Sample pictures with prompts that suit the demo models.

python -m inference_worker.samples.pictures --out DIR [--count N] [--seed S]
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

from inference_worker.samples import fonts
from inference_worker.samples.compose import compose
from inference_worker.samples.drawing import draw
from inference_worker.samples.questions import ask
from inference_worker.samples.scenes import DrawnScene, Kind
from inference_worker.wire import samples as wire

_SIDE: Final = 320
_COLOURS: Final = 96  # of a stored picture: hardly seen, and a third of the bytes
_FRESH_BITS: Final = 48  # of a fresh scene's number: none is drawn twice
# The order in which categories come up; shapes and emoji are what the models know best.
_ROUND: Final[tuple[Kind, ...]] = ("shapes", "emoji", "text", "shapes", "bars")
_NO_CONTEST: Final = frozenset({"number of bars", "text colour"})
"""Tasks in which the weakest shipped model is right nine times in ten: no question to a voter."""
CATEGORIES: Final[dict[Kind, str]] = {
    "shapes": "shapes",
    "text": "text",
    "bars": "charts",
    "emoji": "emoji",
}


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row of `samples.json`; `alt` says what is in the picture, `answer` what is right.

    `stratum` says how hard the question is: the exam's task, and the number of things in the
    picture (of letters in a text).
    """

    file: str
    prompt: str
    category: str
    alt: str
    answer: str
    stratum: str


def sample(kind: Kind, number: int, seed: int) -> tuple[Image.Image, SampleRow]:
    """A fresh picture and its row; every number and seed draws another."""
    scene = compose("samples", kind, seed * 1_000_000 + number)
    questions = ask(scene, Random(f"samples/{seed}/{number}"))
    category = CATEGORIES[kind]
    # The task changes from picture to picture; a careful writer begins with a capital.
    tasks = sorted({question.task for question in questions})
    task = tasks[number % len(tasks)]
    chosen = next(question for question in questions if question.task == task)
    prompt = chosen.prompt
    end = "" if prompt[-1] in "?." else "." if prompt.lower().startswith(_ORDERS) else "?"
    row = SampleRow(
        f"{category}-{number:02d}.png",
        f"{prompt[0].upper()}{prompt[1:]}{end}",
        category,
        alt(scene),
        chosen.answer,
        f"{task}: {len(scene.parts)}",
    )
    return draw(scene, _SIDE), row


def alt(scene: DrawnScene) -> str:
    """Return in words what the picture shows, left to right."""
    if scene.kind == "text":
        return f'The text "{scene.text}" in {scene.parts[0].colour}'
    if scene.kind == "bars":
        return f"A bar chart with bars in {', '.join(part.colour for part in scene.parts)}"
    if scene.kind == "emoji":
        return f"Emoji: {', '.join(part.emoji for part in scene.parts)}"
    return f"Shapes: {', '.join(part.name for part in scene.parts)}"


_ORDERS: Final = ("count", "describe", "read", "name")


def write(folder: Path, count: int, seed: int) -> list[SampleRow]:
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
    dice, kinds = SystemRandom(), drawable()
    while count > 0:
        picture, row = sample(dice.choice(kinds), dice.getrandbits(_FRESH_BITS), seed=0)
        if row.stratum.rpartition(": ")[0] in _NO_CONTEST:
            continue
        count -= 1
        data = base64.b64encode(_png(picture)).decode()
        about = (row.prompt, row.category, row.alt, data, row.answer, row.stratum)
        wire.put(redis, wire.DrawnSample(Path(row.file).stem, *about))


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
    parser = argparse.ArgumentParser(prog="python -m inference_worker.samples.pictures")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rows = write(arguments.out, arguments.count, arguments.seed)
    sys.stdout.write(f"{len(rows)} pictures in {arguments.out}\n")


if __name__ == "__main__":
    main()
