"""Scenes as data: what is where. Drawing, questions and training targets all read these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from inference_worker.samples.vocabulary import HORIZONTAL, VERTICAL, Rgb

SIDE: Final = 96.0  # scenes are laid out on a square of this many units
GRID: Final = 6  # and seen as this many cells a side: what the tower's strides leave of 96 pixels
Kind = Literal["shapes", "text", "bars", "emoji"]
KINDS: Final[tuple[Kind, ...]] = ("shapes", "text", "bars", "emoji")


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A box in scene units, with y growing downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def overlaps(self, other: PixelBox, gap: float) -> bool:
        apart_x = self.left - gap > other.right or other.left - gap > self.right
        apart_y = self.top - gap > other.bottom or other.top - gap > self.bottom
        return not (apart_x or apart_y)


@dataclass(frozen=True, slots=True)
class ScenePart:
    """A thing in a scene; the names that do not apply to its kind are empty."""

    box: PixelBox
    rgb: Rgb = (0, 0, 0)
    colour: str = ""
    shape: str = ""
    char: str = ""
    emoji: str = ""
    angle: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.colour} {self.shape}"

    @property
    def region(self) -> tuple[str, str]:
        """Vertical and horizontal third that the centre lies in."""
        x, y = self.box.centre
        third = SIDE / 3
        return VERTICAL[min(int(y // third), 2)], HORIZONTAL[min(int(x // third), 2)]

    @property
    def height(self) -> float:
        return self.box.bottom - self.box.top


@dataclass(frozen=True, slots=True)
class DrawnScene:
    """Parts run from left to right."""

    kind: Kind
    background: Rgb
    parts: tuple[ScenePart, ...]
    text: str = ""
    face: int = 0
    font_size: float = 0.0
