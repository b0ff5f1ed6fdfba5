"""The members of a JSON object that say where something is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn

from inference_worker.grounding.geometry import (
    PlacedShape,
    Scale,
    UnreadablePlace,
    box,
    point,
    polygon,
)

LABELS = (
    "label", "class_name", "class", "name", "description", "text_content", "text", "caption",
)  # fmt: skip
"""The members that may name the thing; the first that is there does."""


@dataclass(frozen=True, slots=True)
class ObjectSyntax:
    """The members that a format uses, and the order of its numbers."""

    boxes: tuple[str, ...] = ()
    """Members with four numbers, or a list of such."""
    points: tuple[str, ...] = ()
    """Members with two numbers, or a list of such."""
    polygons: tuple[str, ...] = ()
    """Members with a list of corners, x first; anything else in them is ignored."""
    corners: tuple[str, ...] = ()
    """Four members with one number each, in the order x y x y."""
    coordinates: tuple[str, ...] = ()
    """The names of two members with one number each, in the order x y."""
    y_first: bool = False
    """Boxes and points have y before x."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the members by which an object is told from any other."""
        return (*self.boxes, *self.points, *self.corners[:1])

    def read(self, raw: str, scale: Scale) -> tuple[list[PlacedShape], str] | None:
        """Return the places of the object in ``raw`` and its label, or None if it has no places.
        Raises UnreadablePlace where it has some that can't be read."""
        try:
            members = json.loads(raw, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            if any(f'"{key}"' in raw for key in self.keys):
                raise UnreadablePlace("no valid JSON") from error
            return None
        boxes = [one for key in self.boxes for one in _groups(members.get(key))][:_MOST_GROUPS]
        points = [one for key in self.points for one in _groups(members.get(key))][:_MOST_GROUPS]
        placed = [box(scale, self._x_first(one)) for one in boxes]
        placed += [point(scale, self._x_first(one)) for one in points]
        if self.corners and all(key in members for key in self.corners):
            placed.append(box(scale, _numbers([members[key] for key in self.corners])))
        if self.coordinates and members.keys() >= set(self.coordinates):
            placed.append(point(scale, _numbers([members[key] for key in self.coordinates])))
        outlines = [members[key] for key in self.polygons if isinstance(members.get(key), list)]
        placed += [polygon(scale, [*chain.from_iterable(_groups(one))]) for one in outlines if one]
        labels = (members[key] for key in LABELS if isinstance(members.get(key), str | int))
        return (placed, str(next(labels, ""))) if placed else None

    def _x_first(self, numbers: list[float]) -> list[float]:
        if not self.y_first or len(numbers) % 2:
            return numbers
        return [numbers[at ^ 1] for at in range(len(numbers))]


_MOST_GROUPS = 1000
"""Boxes, or points, of one object that are read."""


def _groups(value: object) -> list[list[float]]:
    """Return the lists of numbers in a member: itself, those in it, or none where it is empty."""
    if value is None or value == []:
        return []
    if not isinstance(value, list):
        raise UnreadablePlace("no list of numbers")
    if all(isinstance(one, list) for one in value):
        return [_numbers(one) for one in value]
    return [_numbers(value)]


def _numbers(values: Sequence[object]) -> list[float]:
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
        raise UnreadablePlace("not numbers alone")
    try:
        return [float(one) for one in values]  # type: ignore[arg-type]  # numbers, see above
    except OverflowError as error:
        raise UnreadablePlace("a number is too great") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
