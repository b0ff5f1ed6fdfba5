"""Molmo: elements with points in percent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import (
    PlacedShape,
    UnreadablePlace,
    divide_by,
    point,
    read_numbers,
)
from inference_worker.grounding.points import PointReader
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "Molmo"
MODELS = "Molmo 1"
KINDS: tuple[DetectionKind, ...] = ("point",)
MEANING = (
    '`<point x="44.6" y="13.8" alt="…">label</point>`, `<points x1="…" y1="…" x2="…" …>`: percent'
)
SOURCE = "model card"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        'Counting <points x1="10.0" y1="20.0" x2="30.0" y2="40.0" alt="cats">cats</points> shows 2;'
        ' <point x="50.0" y="50.0" alt="nose">nose</point>.',
        "Counting cats shows 2; nose.",
        (
            ExpectedPlace("cats", "point", (0.1, 0.2)),
            ExpectedPlace("cats", "point", (0.3, 0.4)),
            ExpectedPlace("nose", "point", (0.5, 0.5)),
        ),
    ),
)


_scale = divide_by(100)


def _places(attributes: Mapping[str, str]) -> list[PlacedShape]:
    names = [name for name in attributes if name[:1] == "x" and f"y{name[1:]}" in attributes]
    pairs = [f"{attributes[name]},{attributes['y' + name[1:]]}" for name in names]
    if not pairs:
        raise UnreadablePlace("an element without coordinates")
    return [point(_scale, read_numbers(pair)) for pair in pairs]


def create_reader(pictures: Sequence[PictureSize]) -> PointReader:
    """Return a reader for one answer."""
    return PointReader(ReadingBuilder(pictures), _places)
