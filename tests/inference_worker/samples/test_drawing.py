from __future__ import annotations

import numpy as np
import pytest

from inference_worker.samples import fonts
from inference_worker.samples.drawing import draw
from inference_worker.samples.scenes import DrawnScene, Kind, PixelBox, ScenePart
from inference_worker.samples.vocabulary import SHAPES, emoji, words
from tests.inference_worker.samples.scenery import PAPER, pair, sign

INK = (200, 30, 30)


def picture(part: ScenePart, kind: Kind = "shapes") -> np.ndarray:
    return np.asarray(draw(DrawnScene(kind, PAPER, (part,)), 96)).astype(int)


def shape(name: str) -> np.ndarray:
    """True where the shape is, drawn in a box from (28, 28) to (68, 68)."""
    pixels = picture(ScenePart(PixelBox(28, 28, 68, 68), INK, "red", name))
    near: np.ndarray = np.abs(pixels - INK).sum(-1) < 60
    return near


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_stays_in_its_box_and_fills_a_good_part_of_it(name):
    inked = shape(name)
    assert inked[28:68, 28:68].sum() == inked.sum()
    assert inked.sum() > 0.25 * 40 * 40


def test_no_two_shapes_look_alike():
    masks = {name: shape(name) for name in SHAPES}
    apart = [
        np.logical_xor(masks[one], masks[other]).sum()
        for one in SHAPES
        for other in SHAPES
        if one < other
    ]
    assert min(apart) > 100


def test_a_ring_has_a_hole_and_a_circle_has_none():
    assert not shape("ring")[48, 48]
    assert shape("circle")[48, 48]


def test_a_bar_is_a_full_rectangle():
    pixels = picture(ScenePart(PixelBox(10, 20, 30, 90), INK, "red"), "bars")
    assert (pixels[22:88, 12:28] == INK).all()


def test_a_picture_has_the_side_asked_for():
    assert draw(sign(), 250).size == (250, 250)


def test_a_text_leaves_ink_in_each_characters_box():
    pixels = np.asarray(draw(sign("K7Q"), 96)).astype(int)
    inked = np.abs(pixels - (0, 128, 0)).sum(-1) < 100
    assert inked[30:62].any()
    assert not inked[:25].any()


def test_without_dejavu_text_is_drawn_with_pillows_own_face(monkeypatch):
    monkeypatch.setattr(fonts, "find", lambda name: None)
    fonts.face.cache_clear()
    pixels = np.asarray(draw(sign("K7Q"), 96))
    fonts.face.cache_clear()
    assert (pixels != 255).any()


def test_without_the_emoji_font_drawing_says_so(monkeypatch):
    monkeypatch.setattr(fonts, "find", lambda name: None)
    fonts.emoji_picture.cache_clear()
    with pytest.raises(LookupError, match="NotoColorEmoji"):
        fonts.emoji_picture("x")


@pytest.mark.usefixtures("needs_fonts")
def test_every_emoji_has_a_picture_of_its_own():
    fonts.emoji_picture.cache_clear()
    pictures = {fonts.emoji_picture(character).tobytes() for character in emoji().values()}
    assert len(pictures) == len(emoji()) == 280


@pytest.mark.usefixtures("needs_fonts")
def test_an_emoji_is_drawn_where_its_part_says():
    pixels = np.asarray(draw(pair(), 96)).astype(int)
    inked = np.abs(pixels - PAPER).sum(-1) > 60
    assert inked[30:66, 4:40].mean() > 0.3
    assert not inked[:, 42:52].any()


def test_words_are_short_capitals():
    assert all(word.isalpha() and word.isupper() and 2 <= len(word) <= 6 for word in words())
