"""Scenes to pictures, with Pillow alone."""

from __future__ import annotations

import math
from typing import Final

from PIL import Image, ImageDraw

from inference_worker.samples import fonts
from inference_worker.samples.scenes import SIDE, DrawnScene, PixelBox, ScenePart
from inference_worker.samples.vocabulary import emoji

_OVERSAMPLING: Final = 2

Points = list[tuple[float, float]]


def draw(scene: DrawnScene, side: int, oversampling: int = _OVERSAMPLING) -> Image.Image:
    """An RGB picture of `side` x `side` pixels, drawn larger and reduced for smooth edges."""
    canvas = Image.new("RGB", (side * oversampling, side * oversampling), scene.background)
    scale = side * oversampling / SIDE
    if scene.kind == "text":
        font = fonts.face(scene.face, max(4, round(scene.font_size * scale)))
        first = scene.parts[0]
        at = (first.box.left * scale, first.box.bottom * scale)
        ImageDraw.Draw(canvas).text(at, scene.text, fill=first.rgb, font=font, anchor="ls")
    else:
        for part in scene.parts:
            _paint(canvas, part, scene, scale)
    return canvas if oversampling == 1 else canvas.reduce(oversampling)


def extent(part: ScenePart) -> PixelBox:
    """Return the smallest box around what is painted of a shape: its own box where it fills it."""
    if part.shape not in _UNIT_OUTLINES:
        return part.box
    across, down = zip(*_outline(part, 1.0), strict=True)
    return PixelBox(min(across), min(down), max(across), max(down))


def _paint(canvas: Image.Image, part: ScenePart, scene: DrawnScene, scale: float) -> None:
    if part.emoji:
        side = round((part.box.right - part.box.left) * scale)
        picture = fonts.emoji_picture(emoji()[part.emoji])
        ratio = side / max(picture.size)
        size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
        picture = picture.resize(size, Image.Resampling.BILINEAR)
        corner = (round(part.box.left * scale), round(part.box.top * scale))
        offset = ((side - size[0]) // 2 + corner[0], (side - size[1]) // 2 + corner[1])
        canvas.paste(picture, offset, picture)
        return
    brush = ImageDraw.Draw(canvas)
    sides = (part.box.left, part.box.top, part.box.right, part.box.bottom)
    left, top, right, bottom = (side * scale for side in sides)
    box = (left, top, right, bottom)
    if part.shape in ("circle", "ring"):
        brush.ellipse(box, fill=part.rgb)
    if part.shape == "ring":
        inset = 0.27 * (box[2] - box[0])
        hole = (box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset)
        brush.ellipse(hole, fill=scene.background)
    elif not part.shape:
        brush.rectangle(box, fill=part.rgb)
    elif part.shape != "circle":
        brush.polygon(_outline(part, scale), fill=part.rgb)


def _outline(part: ScenePart, scale: float) -> Points:
    """The polygon of the shape, turned by its angle about the centre of its box."""
    x, y = part.box.centre
    radius = (part.box.right - part.box.left) / 2
    turn = math.radians(part.angle)
    cosine, sine = math.cos(turn) * radius, math.sin(turn) * radius
    return [
        ((x + u * cosine - v * sine) * scale, (y + u * sine + v * cosine) * scale)
        for u, v in _UNIT_OUTLINES[part.shape]
    ]


_UNIT_OUTLINES: Final[dict[str, Points]] = {
    "square": [(-0.84, -0.84), (0.84, -0.84), (0.84, 0.84), (-0.84, 0.84)],
    "triangle": [(0.0, -0.95), (0.98, 0.82), (-0.98, 0.82)],
    "diamond": [(0.0, -1.0), (0.72, 0.0), (0.0, 1.0), (-0.72, 0.0)],
    "star": [
        (radius * math.cos(turn), radius * math.sin(turn))
        for step in range(10)
        for turn, radius in [(math.pi * (step / 5 - 0.5), (1.0, 0.42)[step % 2])]
    ],
    # x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, scaled to the unit square.
    "heart": [
        (16 * math.sin(t) ** 3 / 17, -(y + 2.5) / 16)
        for t in (2 * math.pi * step / 48 for step in range(48))
        for y in [
            13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t),
        ]
    ],
    "cross": [
        (sign * u, sign * v)
        for sign in (1, -1)
        for u, v in [
            *[(-0.34, -0.96), (0.34, -0.96), (0.34, -0.34)],
            *[(0.96, -0.34), (0.96, 0.34), (0.34, 0.34)],
        ]
    ],
}
