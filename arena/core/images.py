"""An upload becomes a plain picture: decoded under limits, upright, stripped, re-encoded once.

The result is what the voter sees and what both models get, byte for byte.
"""

from __future__ import annotations

import logging
import threading
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from arena.core.colours import to_srgb
from arena.core.errors import DomainError
from arena.core.uploads import TooLarge

log = logging.getLogger(__name__)

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MAX_SIDE = 16_384
STORED_SIDE = 2048
"""Longer sides are scaled to this once: no later scaling shows a model another picture."""
REDUCED_FACTOR = 4
"""A JPEG is decoded at a fraction of its size, row by row: so many times the pixels may stand in
its file. A 48-megapixel phone's picture is one."""
HELD_FACTOR = 2
"""A progressive JPEG is held whole, at 6 bytes a pixel, before it is reduced; decoding and
composing others takes 12."""
JPEG_QUALITIES = (92, 85, 75)
SHRINK = 0.75
"""What is still over the bound at the lowest quality is scaled by this, as often as it takes."""

_decoders = threading.BoundedSemaphore(settings.UPLOAD_DECODERS)


class NotAPicture(DomainError):
    """Not a JPEG, PNG or WebP that can be read."""

    status = 415
    code = "not_a_picture"
    message = _("That file is not a JPEG, PNG or WebP picture that can be read.")


@dataclass(frozen=True, slots=True)
class Picture:
    """Re-encoded bytes with their type and size in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def normalise(data: bytes) -> Picture:
    """Return the picture as it is stored: upright, in sRGB, within UPLOAD_STORED_BYTES, the same
    for the same upload.

    Raises NotAPicture or TooLarge. At most UPLOAD_DECODERS pictures are decoded at a time.
    """
    with _decoders, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _reencode(data)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _too_many(settings.UPLOAD_MAX_PIXELS) from error
        except MemoryError as error:
            log.warning("refused a picture that unpacks to too much")
            raise TooLarge from error
        except DomainError:
            raise
        except Exception as error:
            # What a decoder raises on a broken file is an open list: KeyError, struct.error, ...
            raise NotAPicture from error


def _reencode(data: bytes) -> Picture:
    with Image.open(BytesIO(data), formats=list(FORMATS)) as source:
        # A phone's JPEG with a second frame behind the first comes as MPO.
        kind = source.format if source.format in FORMATS else "JPEG"
        _prepare(source, kind)
        source.load()
        ImageOps.exif_transpose(source, in_place=True)
        pixels = _plain(source)
    pixels.thumbnail((STORED_SIDE, STORED_SIDE), Image.Resampling.LANCZOS)
    return _within_bound(pixels, kind)


def _prepare(source: Image.Image, kind: str) -> None:
    """Judge the size that will be decoded, before anything is: for a JPEG that is a reduced one."""
    if max(source.size) > MAX_SIDE:
        raise TooLarge(
            _("That picture is too long; the limit is %(limit)d pixels a side.")
            % {"limit": MAX_SIDE}
        )
    most = settings.UPLOAD_MAX_PIXELS
    if kind == "JPEG":
        held = bool(source.info.get("progressive"))
        whole = most * (HELD_FACTOR if held else REDUCED_FACTOR)
        if source.width * source.height > whole:
            raise _too_many(whole)
        share = min(1.0, STORED_SIDE / max(source.size))
        source.draft("RGB", (int(source.width * share) or 1, int(source.height * share) or 1))
    if source.width * source.height > most:
        raise _too_many(most)


def _too_many(most: int) -> TooLarge:
    return TooLarge(
        _("That picture has too many pixels; the limit is %(million)d million.")
        % {"million": most // 1_000_000}
    )


def _plain(image: Image.Image) -> Image.Image:
    """Opaque sRGB only: a new image has no EXIF, XMP, ICC profile, comment or text to save.

    What is transparent becomes white: under it a picture could be hidden that the voter doesn't
    see and that a model, which knows no transparency, would.
    """
    profile = image.info.get("icc_profile") or b""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        plain = image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")
        pixels = to_srgb(plain, profile).convert("RGB")
        pixels.info.clear()
        return pixels
    layer = to_srgb(image if image.mode == "RGBA" else image.convert("RGBA"), profile)
    pixels = Image.new("RGB", layer.size, "white")
    pixels.paste(layer, mask=layer)
    return pixels


def _within_bound(pixels: Image.Image, kind: str) -> Picture:
    """Encode in the upload's own format where that fits, else as the best JPEG that does."""
    picture = _encoded(pixels, kind, **_OPTIONS[kind])
    for quality in JPEG_QUALITIES:
        if len(picture.data) <= settings.UPLOAD_STORED_BYTES:
            return picture
        picture = _encoded(pixels, "JPEG", quality=quality, subsampling=0)
    while len(picture.data) > settings.UPLOAD_STORED_BYTES and max(pixels.size) > 1:
        smaller = (int(pixels.width * SHRINK) or 1, int(pixels.height * SHRINK) or 1)
        pixels = pixels.resize(smaller, Image.Resampling.LANCZOS)
        picture = _encoded(pixels, "JPEG", quality=JPEG_QUALITIES[-1], subsampling=0)
    return picture


_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": JPEG_QUALITIES[0], "subsampling": 0},
    "PNG": {"optimize": False},
    "WEBP": {"quality": JPEG_QUALITIES[0], "method": 2},
}


def _encoded(pixels: Image.Image, kind: str, **options: Any) -> Picture:
    out = BytesIO()
    pixels.save(out, kind, **options)
    return Picture(
        data=out.getvalue(), mime=FORMATS[kind], width=pixels.width, height=pixels.height
    )
