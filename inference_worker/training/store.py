"""Scenes drawn ahead into one array, so that drawing costs a run only its first minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from inference_worker.samples.compose import compose
from inference_worker.samples.drawing import draw
from inference_worker.samples.scenes import GRID, DrawnScene, Kind
from inference_worker.training.cells import GROUPS, label

PIXELS: Final = 96
MIX: Final[dict[Kind, float]] = {"shapes": 0.38, "text": 0.36, "bars": 0.08, "emoji": 0.18}

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PictureStore:
    """Pictures (n, PIXELS, PIXELS, 3) and cell labels (n, cells, groups), by scene number."""

    pictures: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int16]
    kinds: list[Kind]

    def scene(self, index: int) -> DrawnScene:
        """Compose the scene again, which is cheaper than keeping all of them in memory."""
        return compose("train", self.kinds[index], index)


def picture(scene: DrawnScene) -> Image.Image:
    """Draw as a model sees an upload: at twice its side, then reduced by the same filter."""
    return draw(scene, 2 * PIXELS, 1).resize((PIXELS, PIXELS), Image.Resampling.BICUBIC)


def kinds(count: int, seed: int) -> list[Kind]:
    return Random(seed).choices(list(MIX), list(MIX.values()), k=count)


def render(folder: Path, count: int, progress: Progress) -> None:
    """Draw `count` scenes into `folder`; a finished folder of that size is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / f"done-{count}").exists():
        return
    pictures = _create(folder / "pictures.npy", np.uint8, (count, PIXELS, PIXELS, 3))
    labels = _create(folder / "labels.npy", np.int16, (count, GRID * GRID, len(GROUPS)))
    for index, kind in enumerate(kinds(count, seed=0)):
        scene = compose("train", kind, index)
        pictures[index], labels[index] = np.asarray(picture(scene)), label(scene)
        progress(index + 1)
    (folder / f"done-{count}").touch()


def _create(path: Path, kind: type, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    return np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=shape)


def load(folder: Path) -> PictureStore:
    """The rendered store, its arrays mapped from disk."""
    pictures = np.load(folder / "pictures.npy", mmap_mode="r")
    labels = np.load(folder / "labels.npy", mmap_mode="r")
    return PictureStore(pictures, labels, kinds(len(pictures), seed=0))
