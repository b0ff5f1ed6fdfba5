"""A place in a picture that an answer points at, as it travels from the worker to the page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal

from inference_worker.wire.messages import MOST, MalformedMessage, WireMessage

DetectionKind = Literal["box", "point", "polygon"]

UNREAD: Literal["unread"] = "unread"
"""A mark of the answer that could not be read: it has no coordinates, and stands in the text from
``start`` to ``end`` as the model wrote it."""

MOST_UNREAD = 50
"""Marks of one answer that are noted as unread; further ones only stay in the text."""

MOST_LABEL = 200
"""Characters of a label."""

MOST_VERTICES = 512
"""Corners of a polygon."""

_FEWEST_NUMBERS = {"box": 4, "point": 2, "polygon": 6, UNREAD: 0}
_MOST_NUMBERS = {"box": 4, "point": 2, "polygon": 2 * MOST_VERTICES, UNREAD: 0}


MOST_PLACES = 500
"""Places of one answer."""


class Detection(WireMessage, frozen=True):
    """A box, point or polygon of an answer, or a mark that could not be read as one.

    Raises MalformedMessage for one that cannot be drawn: another number of coordinates than the
    kind has, a coordinate outside the picture, a box whose corners are exchanged.
    """

    label: str
    """The words that name the thing; empty where the model gave none."""
    kind: DetectionKind | Literal["unread"]
    coordinates: tuple[float, ...]
    """x and y in turn, in fractions of the picture as the voter sees it. A box has its left upper
    and its right lower corner."""
    picture: int = 0
    """Index of the picture in the turn, from 0."""
    start: int = 0
    end: int = 0
    """The phrase of the visible answer that lights up with the place: characters start to end."""

    def __post_init__(self) -> None:
        numbers = self.coordinates
        if self.kind not in _FEWEST_NUMBERS:
            raise MalformedMessage(f"{self.kind!r} is no kind of detection")
        if not _FEWEST_NUMBERS[self.kind] <= len(numbers) <= _MOST_NUMBERS[self.kind]:
            raise MalformedMessage(f"a {self.kind} has another number of coordinates")
        if len(numbers) % 2 or not all(0.0 <= number <= 1.0 for number in numbers):
            raise MalformedMessage("a coordinate lies outside of the picture")
        if self.kind == "box" and not (numbers[0] < numbers[2] and numbers[1] < numbers[3]):
            raise MalformedMessage("a box has no area")
        if not (0 <= self.picture <= MOST and 0 <= self.start <= self.end <= MOST):
            raise MalformedMessage("a detection belongs to no picture or to no phrase")
        if len(self.label) > MOST_LABEL:
            raise MalformedMessage("a label is too long")


def written_line(place: Detection) -> str:
    """Return a place as a line of an event's text."""
    return json.dumps(place.to_json(), separators=(",", ":"))


def places_in(texts: Iterable[str]) -> tuple[Detection, ...]:
    """Return the places that the texts of events name; a line that is none is left out."""
    found = []
    for text in texts:
        for line in text.splitlines():
            with suppress(ValueError, RecursionError):
                found.append(Detection.from_json(json.loads(line)))
    return tuple(found[:MOST_PLACES])
