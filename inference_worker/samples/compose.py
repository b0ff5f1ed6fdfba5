"""Seeded scenes: split, kind and index give the same scene wherever the fonts are."""

from __future__ import annotations

import math
import zlib
from random import Random
from typing import Final, Literal

from inference_worker.samples import fonts
from inference_worker.samples.scenes import SIDE, DrawnScene, Kind, PixelBox, ScenePart
from inference_worker.samples.vocabulary import (
    CHARACTERS,
    COLOURS,
    HELD_OUT_PAIRS,
    SHAPES,
    Rgb,
    emoji,
    words,
)

Split = Literal["train", "held_out", "composition", "samples"]

_CLEAR: Final = 120.0  # least RGB distance between a thing and what is behind it
_METRIC_PIXELS: Final = 64


def compose(split: Split, kind: Kind, index: int) -> DrawnScene:
    """The scene number `index`; splits never share a scene, a long text or (composition) a pair."""
    rng = Random(f"{split}/{kind}/{index}")
    return {"shapes": _shapes, "text": _text, "bars": _bars, "emoji": _emoji}[kind](rng, split)


def is_held_out_text(text: str) -> bool:
    """Return whether a text is kept from training: one in sixteen, by content, for any seed."""
    return len(text) > 1 and zlib.crc32(text.encode()) % 16 == 0


def _distance(one: Rgb, other: Rgb) -> float:
    return math.dist(one, other)


def _jitter(rng: Random, rgb: Rgb, by: int = 14) -> Rgb:
    red, green, blue = (max(0, min(255, value + rng.randint(-by, by))) for value in rgb)
    return red, green, blue


def _any_background(rng: Random) -> Rgb:
    style = rng.random()
    if style < 0.35:
        grey = rng.randint(235, 255)
        return _jitter(rng, (grey, grey, grey), 6)
    low, high = (160, 255) if style < 0.75 else (0, 110)
    return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)


def _background(rng: Random, things: list[Rgb]) -> Rgb:
    for _ in range(40):
        candidate = _any_background(rng)
        if all(_distance(candidate, thing) > _CLEAR for thing in things):
            return candidate
    options: list[Rgb] = [(255, 255, 255), (90, 90, 90), (200, 200, 170), (20, 20, 60), (0, 0, 0)]
    return max(options, key=lambda option: min(_distance(option, thing) for thing in things))


def _pair(rng: Random, split: Split, colours: list[str], shapes: list[str]) -> tuple[str, str]:
    while True:
        pair = rng.choice(colours), rng.choice(shapes)
        if split == "composition" or pair not in HELD_OUT_PAIRS:
            return pair
        colours, shapes = list(COLOURS), list(SHAPES)


def _shapes(rng: Random, split: Split) -> DrawnScene:
    count = rng.randint(1, 6)
    low, high = (24, 44) if count < 3 else (19, 30)
    parts: list[ScenePart] = []
    colours = rng.sample(list(COLOURS), rng.randint(2, 8))
    shapes = rng.sample(list(SHAPES), rng.randint(2, 8))
    pairs = [_pair(rng, split, colours, shapes) for _ in range(count)]
    if split == "composition":
        pairs[0] = rng.choice(sorted(HELD_OUT_PAIRS))
    for colour, shape in pairs:
        for _ in range(60):
            side = rng.uniform(low, high)
            left, top = rng.uniform(2, SIDE - 2 - side), rng.uniform(2, SIDE - 2 - side)
            box = PixelBox(left, top, left + side, top + side)
            if not any(box.overlaps(part.box, 1.5) for part in parts):
                rgb = _jitter(rng, COLOURS[colour])
                parts.append(ScenePart(box, rgb, colour, shape, angle=rng.uniform(-12, 12)))
                break
    parts.sort(key=lambda part: part.box.centre)
    return DrawnScene("shapes", _background(rng, [part.rgb for part in parts]), tuple(parts))


def _text(rng: Random, split: Split) -> DrawnScene:
    text = ""
    while not text or (len(text) > 1 and is_held_out_text(text) == (split == "train")):
        style, length = rng.random(), rng.randint(1, 6)
        if style < 0.25:
            text = rng.choice(words())
        else:
            alphabet = CHARACTERS
            if style < 0.5:
                alphabet = CHARACTERS[:10]
            elif style < 0.75:
                alphabet = CHARACTERS[10:]
            text = "".join(rng.choice(alphabet) for _ in range(length))
    face = rng.randrange(len(fonts.FACES))
    colour = rng.choice(list(COLOURS))
    font = fonts.face(face, _METRIC_PIXELS)
    ends = [font.getlength(text[:stop]) / _METRIC_PIXELS for stop in range(len(text) + 1)]
    size = min(rng.uniform(0.8, 0.94) * SIDE / ends[-1], rng.uniform(26, 56))
    left, top = rng.uniform(2, SIDE - 2 - ends[-1] * size), rng.uniform(2, SIDE - 2 - 0.74 * size)
    rgb = _jitter(rng, COLOURS[colour])
    parts = tuple(
        ScenePart(
            PixelBox(left + start * size, top, left + stop * size, top + 0.74 * size),
            rgb,
            colour,
            char=char,
        )
        for char, start, stop in zip(text, ends, ends[1:], strict=False)
    )
    return DrawnScene("text", _background(rng, [rgb]), parts, text, face, size)


def _bars(rng: Random, split: Split) -> DrawnScene:
    del split
    count = rng.randint(2, 6)
    slot, floor = 88 / count, rng.uniform(86, 91)
    parts = []
    colours, levels = rng.sample(list(COLOURS), count), rng.sample(range(9), count)
    heights = [14 + 8 * level + rng.uniform(-1, 1) for level in levels]
    for place, (colour, height) in enumerate(zip(colours, heights, strict=True)):
        left = 5 + place * slot
        box = PixelBox(left + slot * 0.12, floor - height, left + slot * 0.88, floor)
        parts.append(ScenePart(box, _jitter(rng, COLOURS[colour]), colour))
    return DrawnScene("bars", _background(rng, [part.rgb for part in parts]), tuple(parts))


def _emoji(rng: Random, split: Split) -> DrawnScene:
    del split
    nouns = rng.sample(list(emoji()), 1 if rng.random() < 0.65 else 2)
    parts = []
    for place, noun in enumerate(nouns):
        side = rng.uniform(40, 76) if len(nouns) == 1 else rng.uniform(34, 44)
        room = SIDE if len(nouns) == 1 else SIDE / 2
        left = place * room + rng.uniform(1, room - 1 - side)
        top = rng.uniform(1, SIDE - 1 - side)
        parts.append(ScenePart(PixelBox(left, top, left + side, top + side), emoji=noun))
    return DrawnScene("emoji", _any_background(rng), tuple(parts))
