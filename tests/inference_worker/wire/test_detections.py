"""A detection that can't be drawn can't be made."""

from __future__ import annotations

import pytest

from inference_worker.wire.detections import MOST_LABEL, MOST_VERTICES, Detection
from inference_worker.wire.messages import MalformedMessage

SQUARE = (0.1, 0.2, 0.3, 0.4)


def test_a_place_inside_the_picture_is_one():
    assert Detection("cat", "box", SQUARE, start=3, end=6).picture == 0
    assert Detection("", "point", (0.0, 1.0)).label == ""
    assert len(Detection("", "polygon", (0.0, 0.5) * MOST_VERTICES).coordinates) == 1024


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("circle", SQUARE),
        ("unread", SQUARE),
        ("box", SQUARE[:3]),
        ("box", (*SQUARE, 0.5)),
        ("box", (0.3, 0.2, 0.1, 0.4)),
        ("box", (0.1, 0.2, 0.1, 0.4)),
        ("box", (0.1, 0.2, 0.3, 1.1)),
        ("point", (0.1, float("nan"))),
        ("point", (-0.1, 0.5)),
        ("polygon", SQUARE),
        ("polygon", (*SQUARE, 0.5, 0.5, 0.5)),
        ("polygon", (0.0, 0.5) * (MOST_VERTICES + 1)),
    ],
)
def test_a_place_that_cannot_be_drawn_is_refused(kind, coordinates):
    with pytest.raises(MalformedMessage):
        Detection("cat", kind, coordinates)


@pytest.mark.parametrize(
    "fields",
    [{"picture": -1}, {"start": 3, "end": 2}, {"start": -1}, {"label": "x" * (MOST_LABEL + 1)}],
)
def test_a_place_without_a_picture_or_phrase_or_with_a_long_label_is_refused(fields):
    with pytest.raises(MalformedMessage):
        Detection(**{"label": "cat", "kind": "box", "coordinates": SQUARE, **fields})


def test_it_crosses_the_wire_and_what_cannot_be_drawn_does_not():
    cat = Detection("cat", "box", SQUARE, start=3, end=6)
    assert Detection.from_json(cat.to_json()) == cat
    data = {"label": "cat", "kind": "box", "coordinates": [0.1, 0.2, 0.3, 0.4]}
    for change in ({"coordinates": [0.1, 0.2, 0.1, 0.4]}, {"kind": "blob"}, {"more": 1}):
        with pytest.raises(MalformedMessage):
            Detection.from_json({**data, **change})
