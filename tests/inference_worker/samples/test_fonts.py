from __future__ import annotations

import pytest
from PIL import ImageFont

from inference_worker.samples import fonts
from inference_worker.samples.vocabulary import CHARACTERS


@pytest.fixture
def bare(monkeypatch):
    """A machine without any of the fonts."""
    monkeypatch.setattr(fonts, "find", lambda name: None)
    fonts.face.cache_clear()
    fonts.emoji_picture.cache_clear()
    yield
    fonts.face.cache_clear()
    fonts.emoji_picture.cache_clear()


def test_a_font_that_is_nowhere_is_not_found():
    assert fonts.find("NoSuchFace-Bold.ttf") is None


@pytest.mark.usefixtures("bare")
def test_without_fonts_a_text_still_has_a_face():
    assert fonts.face(0, 40).getlength("HELLO") > 0


@pytest.mark.usefixtures("bare")
def test_without_the_emoji_font_there_are_none():
    assert not fonts.has_emoji()
    with pytest.raises(LookupError, match=r"NotoColorEmoji\.ttf is not installed"):
        fonts.emoji_picture("🦊")


@pytest.mark.usefixtures("needs_fonts")
@pytest.mark.parametrize("index", range(len(fonts.FACES)))
def test_every_face_is_one_of_its_own_and_has_all_characters(index):
    face = fonts.face(index, 48)
    assert isinstance(face, ImageFont.FreeTypeFont)
    assert all(face.getmask(char).getbbox() for char in CHARACTERS)


@pytest.mark.usefixtures("needs_fonts")
def test_faces_differ():
    names = {fonts.face(index, 20).getname() for index in range(len(fonts.FACES))}
    assert len(names) == len(fonts.FACES)


@pytest.mark.usefixtures("needs_fonts")
def test_an_emojis_picture_ends_where_its_ink_ends():
    picture = fonts.emoji_picture("🦊")
    assert picture.mode == "RGBA"
    assert picture.getbbox() == (0, 0, *picture.size)
