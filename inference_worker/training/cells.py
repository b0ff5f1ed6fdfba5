"""Dense targets of the vision stage: what each cell of the picture shows."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from inference_worker.samples.scenes import GRID, SIDE, DrawnScene
from inference_worker.samples.vocabulary import (
    CHARACTERS,
    COLOURS,
    HORIZONTAL,
    SHAPES,
    VERTICAL,
    emoji,
)

IGNORE: Final = -100
GROUPS: Final = ("shape", "colour", "char", "emoji", "vertical", "horizontal", "ordinal", "extreme")
_MOST: Final = 0.35  # from this share of a cell on, the cell shows the part
_LEAST: Final = 0.06  # below it the cell is background; between them it is left out of the loss

_Labels = npt.NDArray[np.int16]
_CODES: Final[dict[str, dict[str, int]]] = {
    "shape": {name: code for code, name in enumerate(SHAPES, 1)},
    "colour": {name: code for code, name in enumerate(COLOURS, 1)},
    "char": {name: code for code, name in enumerate(CHARACTERS, 1)},
    "emoji": {name: code for code, name in enumerate(emoji(), 1)},
}


def classes(group: str) -> int:
    """Number of classes of a group, the background included."""
    sizes = {"vertical": 3, "horizontal": 3, "ordinal": 6, "extreme": 3}
    return 1 + (len(_CODES[group]) if group in _CODES else sizes[group])


def label(scene: DrawnScene) -> _Labels:
    """Class per cell and group, (GRID * GRID, len(GROUPS)), row by row; IGNORE at borders."""
    areas: list[npt.NDArray[np.float64]] = []
    found: list[list[int]] = []
    heights = [part.height for part in scene.parts]
    for number, part in enumerate(scene.parts, 1):
        edges = np.linspace(0, SIDE, GRID + 1)
        cell = SIDE / GRID
        box = part.box
        across = np.minimum(edges[1:], box.right) - np.maximum(edges[:-1], box.left)
        down = np.minimum(edges[1:], box.bottom) - np.maximum(edges[:-1], box.top)
        areas.append(np.outer(down.clip(0) / cell, across.clip(0) / cell).ravel())
        vertical, horizontal = part.region
        names = {"shape": part.shape, "colour": part.colour, "char": part.char, "emoji": part.emoji}
        extreme = {max(heights): 2, min(heights): 3}.get(part.height, 1)
        found.append(
            [
                *(_CODES[group].get(names[group], 0) for group in GROUPS[:4]),
                *(VERTICAL.index(vertical) + 1, HORIZONTAL.index(horizontal) + 1, number),
                extreme if scene.kind == "bars" else 0,
            ]
        )
    shares, codes = np.stack(areas), np.array(found, np.int16)
    best, most = shares.argmax(0), shares.max(0)
    shown = (most >= _MOST) | (shares == shares.max(1, keepdims=True)).any(0) & (most > 0)
    labels = np.where(shown[:, None], codes[best], np.int16(0))
    labels[~shown & (most > _LEAST)] = IGNORE
    return labels.astype(np.int16)
