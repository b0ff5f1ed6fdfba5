"""The picture by which messengers show a link to a shared battle, drawn by the arena itself."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping

from django.utils.translation import get_language, gettext
from PIL import Image, ImageDraw, ImageFont

PREVIEW = (1200, 630)
"""The size that messengers show."""
WITHOUT_LETTERS = ("ar", "zh-hans")
"""Languages for which the font that comes with Pillow has no letters."""
_GROUND, _INK, _SOFT, _ACCENT = "#f5f5f2", "#1b1d20", "#565a61", "#0b646f"
_MARGIN, _SIDE = 60, 510


def draw_preview(
    picture: bytes, names: Mapping[str, str], chosen: Collection[str], verdict: str
) -> bytes:
    """Return a PNG with the picture, the name on each side, and the verdict.

    It is to be drawn in `drawn_language`.
    """
    canvas = Image.new("RGB", PREVIEW, _GROUND)
    with Image.open(io.BytesIO(picture)) as source:
        small = source.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    left, top = _MARGIN + (_SIDE - small.width) // 2, _MARGIN + (_SIDE - small.height) // 2
    canvas.paste(small, (left, top))
    pen = ImageDraw.Draw(canvas)
    _write(pen, 90, "Vision Arena", 34, _SOFT)
    for y, (side, name) in zip((190, 290), names.items(), strict=True):
        _write(pen, y, f"{side.upper()}  {name}", 52, _ACCENT if side in chosen else _INK)
    _write(pen, 420, verdict, 40, _INK)
    _write(pen, 490, gettext("One picture, two models, one verdict"), 26, _SOFT)
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def drawn_language() -> str:
    """Return the language in force, or English where the font would draw boxes for letters."""
    language = get_language() or "en"
    return "en" if language in WITHOUT_LETTERS else language


def _write(pen: ImageDraw.ImageDraw, y: int, text: str, size: int, ink: str) -> None:
    """Write one line, smaller where it would leave the picture. The font that comes with Pillow
    has Latin letters; others are drawn as boxes."""
    x = 2 * _MARGIN + _SIDE
    room = PREVIEW[0] - x - _MARGIN
    font = ImageFont.load_default(size)
    while size > 12 and pen.textlength(text, font=font) > room:
        size -= 2
        font = ImageFont.load_default(size)
    pen.text((x, y), text, fill=ink, font=font)
