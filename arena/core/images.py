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

from arena.core.errors import DomainError
from arena.core.uploads import TooLarge

log = logging.getLogger(__name__)

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MAX_SIDE = 8192
STORED_SIDE = 2048
"""Longer sides are scaled to this once: no later scaling shows a model another picture."""

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
    """Raises NotAPicture or TooLarge. At most UPLOAD_DECODERS pictures are decoded at a time."""
    with _decoders, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _reencode(data)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError) as error:
            log.warning("refused a picture that unpacks to too much: %s", type(error).__name__)
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
        _check_size(source.size)
        if kind == "JPEG":
            source.draft("RGB", (STORED_SIDE, STORED_SIDE))
        source.load()
        ImageOps.exif_transpose(source, in_place=True)
        pixels = _plain(source)
    pixels.thumbnail((STORED_SIDE, STORED_SIDE), Image.Resampling.LANCZOS)
    out = BytesIO()
    pixels.save(out, kind, **_save_options(kind))
    return Picture(
        data=out.getvalue(), mime=FORMATS[kind], width=pixels.width, height=pixels.height
    )


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if max(size) > MAX_SIDE or width * height > settings.UPLOAD_MAX_PIXELS:
        million = settings.UPLOAD_MAX_PIXELS // 1_000_000
        raise TooLarge(
            _("That picture has too many pixels; the limit is %(million)d million.")
            % {"million": million}
        )


def _plain(image: Image.Image) -> Image.Image:
    """Opaque colours only: a new image has no EXIF, XMP, ICC profile, comment or text to save.

    What is transparent becomes white: under it a picture could be hidden that the voter doesn't
    see and that a model, which knows no transparency, would.
    """
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        pixels = image.convert("RGB")
        pixels.info.clear()
        return pixels
    layer = image if image.mode == "RGBA" else image.convert("RGBA")
    pixels = Image.new("RGB", layer.size, "white")
    pixels.paste(layer, mask=layer)
    return pixels


def _save_options(kind: str) -> dict[str, Any]:
    if kind == "JPEG":
        return {"quality": 92, "subsampling": 0}
    return {"optimize": False} if kind == "PNG" else {"quality": 92, "method": 2}
