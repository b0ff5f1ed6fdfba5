"""Answers that show a format, for its test and for whoever reads its file."""

from __future__ import annotations

from dataclasses import dataclass

from inference_worker.grounding.reading import PictureSize
from inference_worker.wire.detections import DetectionKind


@dataclass(frozen=True, slots=True)
class ExpectedPlace:
    """A place as an example expects it; coordinates in fractions of the picture."""

    label: str
    kind: DetectionKind
    coordinates: tuple[float, ...]
    picture: int = 0


@dataclass(frozen=True, slots=True)
class FormatExample:
    """An answer as the model writes it, the text that a voter reads, and the places."""

    answer: str
    visible: str
    places: tuple[ExpectedPlace, ...]
    pictures: tuple[PictureSize, ...] = (PictureSize(1000, 500),)
    """The sizes that the format asks for."""
