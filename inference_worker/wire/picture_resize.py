"""The size that a model's own program gives to a picture, as an option of a version declares it."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta, Struct

_Side = Annotated[int, Meta(ge=1, le=100_000)]
_Area = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class PictureResize(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rule by which a picture is resized before the model sees it. It keeps the proportions."""

    longest_side: _Side | None = None
    """A picture with a longer side is made smaller first; None for no such limit."""
    most_pixels: _Area | None = None
    least_pixels: _Area | None = None
    multiple: Annotated[int, Meta(ge=1, le=4096)] = 1
    """Both sides become multiples of this number."""

    def __post_init__(self) -> None:
        """Raise ValueError for bounds that exclude each other."""
        if self.most_pixels and (self.least_pixels or 0) > self.most_pixels:
            raise ValueError("picture_resize: least_pixels is more than most_pixels")

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height of a picture as the model sees it."""
        sides, step = (width, height), self.multiple
        if self.longest_side and max(sides) > self.longest_side:
            shrink = self.longest_side / max(sides)
            sides = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        wide, high = (round(side / step) * step for side in sides)
        if self.most_pixels and wide * high > self.most_pixels:
            by = math.sqrt(math.prod(sides) / self.most_pixels)
            wide, high = (math.floor(side / by / step) * step for side in sides)
        elif self.least_pixels and wide * high < self.least_pixels:
            by = math.sqrt(self.least_pixels / math.prod(sides))
            wide, high = (math.ceil(side * by / step) * step for side in sides)
        return max(step, wide), max(step, high)
