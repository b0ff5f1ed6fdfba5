"""Turn the numbers of a mark into places in fractions of a picture.

Models draw a little over the edge, and what lies outside is cut off. A place that is mostly outside
was meant in other units or is a mistake. It is refused, because a wrong place is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

from inference_worker.wire.detections import MOST_VERTICES, DetectionKind

Scale = Callable[[float, float], tuple[float, float]]
"""A function from x and y as they are written to fractions of width and height."""

LEAST_INSIDE = 0.5
"""The part of a box's area, or of a polygon's corners, that has to lie in the picture."""

POINT_SLACK = 0.01
"""A point may lie this far outside, as a fraction of the picture; it is moved to the edge."""

_SEPARATORS = r"[\s\[\](),;]"
_NUMBER = r"-?\d{1,9}(?:\.\d{1,9})?"
_NUMBERS = re.compile(rf"{_SEPARATORS}*{_NUMBER}(?:{_SEPARATORS}+{_NUMBER})*{_SEPARATORS}*")


class UnreadablePlace(ValueError):
    """The mark stands for no place in the picture."""


@dataclass(frozen=True, slots=True)
class PlacedShape:
    """A place without its words; coordinates in fractions of the picture, x and y in turn."""

    kind: DetectionKind
    coordinates: tuple[float, ...]
    picture: int = 0


def divide_by(width: float, height: float | None = None) -> Scale:
    """Return the scale of numbers from 0 to ``width`` in x and to ``height`` (or the same) in y."""
    over = width if height is None else height
    return lambda x, y: (x / width, y / over)


def read_numbers(text: str) -> list[float]:
    """Return the numbers in ``text``, among brackets, commas and blanks. Raises UnreadablePlace for
    anything else, or for none."""
    if _NUMBERS.fullmatch(text) is None:
        raise UnreadablePlace("no list of numbers")
    return [float(number) for number in re.findall(_NUMBER, text)]


def split_evenly(numbers: Sequence[float], size: int) -> list[Sequence[float]]:
    """Return groups of ``size`` numbers. Raises UnreadablePlace unless they come out even."""
    if not numbers or len(numbers) % size:
        raise UnreadablePlace(f"not a multiple of {size} numbers")
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]


def box(scale: Scale, numbers: Sequence[float], picture: int = 0) -> PlacedShape:
    """Return the box with corners x y x y, in whichever order the corners come. Raises
    UnreadablePlace where it has no area, or less than LEAST_INSIDE of it lies in the picture."""
    if len(numbers) != 4:
        raise UnreadablePlace("a box has four numbers")
    (one, two), (three, four) = scale(*numbers[:2]), scale(*numbers[2:])
    left, right = sorted((_finite(one), _finite(three)))
    upper, lower = sorted((_finite(two), _finite(four)))
    inside = (_clipped(left), _clipped(upper), _clipped(right), _clipped(lower))
    area = (inside[2] - inside[0]) * (inside[3] - inside[1])
    if not area > 0 or area < LEAST_INSIDE * (right - left) * (lower - upper):
        raise UnreadablePlace("the box has no area, or lies outside of the picture")
    return PlacedShape("box", inside, picture)


def point(scale: Scale, numbers: Sequence[float], picture: int = 0) -> PlacedShape:
    """Return the point x y. Raises UnreadablePlace where it lies outside of the picture."""
    if len(numbers) != 2:
        raise UnreadablePlace("a point has two numbers")
    place = scale(*numbers)
    if not all(-POINT_SLACK <= number <= 1 + POINT_SLACK for number in place):
        raise UnreadablePlace("the point lies outside of the picture")
    return PlacedShape("point", tuple(map(_clipped, place)), picture)


def polygon(scale: Scale, numbers: Sequence[float], picture: int = 0) -> PlacedShape:
    """Return the polygon x y x y and so on. Raises UnreadablePlace where it has too few or too many
    corners, no extent, or less than LEAST_INSIDE of its corners in the picture."""
    corners = [scale(*pair) for pair in split_evenly(numbers, 2)]
    if not 3 <= len(corners) <= MOST_VERTICES:
        raise UnreadablePlace("a polygon has another number of corners")
    placed = [(_clipped(_finite(x)), _clipped(_finite(y))) for x, y in corners]
    inside = sum(one == other for one, other in zip(placed, corners, strict=True))
    flat = any(len(set(axis)) == 1 for axis in zip(*placed, strict=True))
    if flat or inside < LEAST_INSIDE * len(corners):
        raise UnreadablePlace("the polygon has no extent, or lies outside of the picture")
    return PlacedShape("polygon", tuple(number for corner in placed for number in corner), picture)


def points_or_boxes(scale: Scale, groups: Sequence[Sequence[float]]) -> list[PlacedShape]:
    """Return a point for each two numbers and a box for each four. Raises UnreadablePlace for
    other groups, and where one of the places can't be read."""
    makers = {2: point, 4: box}
    if not all(len(group) in makers for group in groups):
        raise UnreadablePlace("neither points nor boxes")
    return [makers[len(group)](scale, group) for group in groups]


def _finite(number: float) -> float:
    if not isfinite(number):
        raise UnreadablePlace("no finite number")
    return number


def _clipped(number: float) -> float:
    return min(max(number, 0.0), 1.0)
