"""Faces are made unrecognisable, and a picture that nobody could look at is not published."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from arena.core import face_detection
from arena.core.faces import FacesUnknown, around_face, find_faces, without_regions
from tests.arena.core.pictures import encoded


@pytest.fixture
def stripes():
    """A picture of which each pixel differs from its neighbours."""
    image = Image.new("RGB", (200, 100))
    image.putdata(
        [((x * 83) % 256, (y * 47) % 256, (x * y) % 256) for y in range(100) for x in range(200)]
    )
    return image


def opened(data):
    return Image.open(BytesIO(data)).convert("RGB")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_face_becomes_a_few_blocks_and_the_rest_stays(stripes, kind):
    data = encoded(stripes, kind)
    shown = without_regions(data, [around_face((0.4, 0.4, 0.6, 0.6))])
    assert shown == without_regions(data, [around_face((0.4, 0.4, 0.6, 0.6))])
    with Image.open(BytesIO(shown)) as found:
        assert (found.format, found.size) == (kind, (200, 100))
    blurred, before = opened(shown), opened(data)
    face = blurred.crop((76, 38, 124, 62))
    assert len(set(before.crop((76, 38, 124, 62)).get_flattened_data())) > 300
    if kind == "PNG":
        assert len(set(face.get_flattened_data())) <= 25
        assert blurred.crop((0, 0, 60, 100)).tobytes() == before.crop((0, 0, 60, 100)).tobytes()


def test_a_box_may_end_outside_of_the_picture_or_be_empty(stripes):
    data = encoded(stripes)
    shown = without_regions(data, [(-0.2, 0.9, 1.4, 1.3), (0.5, 0.5, 0.5, 0.5)])
    assert opened(shown).size == (200, 100)


def test_without_faces_it_is_the_picture_itself(stripes):
    data = encoded(stripes, "JPEG")
    assert without_regions(data, []) is data


def test_a_detector_that_ends_says_nothing_of_faces(monkeypatch, tmp_path):
    monkeypatch.setattr(face_detection, "__file__", str(tmp_path / "absent.py"))
    with pytest.raises(FacesUnknown):
        find_faces(encoded())
