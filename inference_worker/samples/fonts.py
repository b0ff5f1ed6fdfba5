"""Font files of the machine, looked up once; a picture needs them, a model does not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

FACES: Final = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSansMono-Bold.ttf",
)
EMOJI_FACE: Final = "NotoColorEmoji.ttf"
EMOJI_PIXELS: Final = 109  # the only strike in the font's bitmap table

_FOLDERS: Final = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/truetype/noto"),
    Path("/usr/share/fonts/dejavu"),
    Path("/usr/share/fonts/noto"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / "Library/Fonts",
)


@cache
def find(name: str) -> Path | None:
    """The font file of this name, or None where the machine lacks it."""
    places = (folder / name for folder in _FOLDERS)
    return next((place for place in places if place.is_file()), None)


def has_emoji() -> bool:
    return find(EMOJI_FACE) is not None


@cache
def face(index: int, pixels: int) -> Font:
    """A text face; Pillow's own where DejaVu is absent, so that pictures can always be drawn."""
    path = find(FACES[index])
    if path is None:
        return ImageFont.load_default(pixels)
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def emoji_picture(character: str) -> Image.Image:
    """The emoji as RGBA, cropped to what it covers. Raises LookupError without the font."""
    path = find(EMOJI_FACE)
    if path is None:
        raise LookupError(f"{EMOJI_FACE} is not installed")
    canvas = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    font = ImageFont.truetype(str(path), EMOJI_PIXELS)
    ImageDraw.Draw(canvas).text((8, 8), character, font=font, embedded_color=True)
    return canvas.crop(canvas.getbbox())
