"""An upload becomes a plain picture: decoded under limits, upright, stripped, re-encoded once.

JPEG, PNG, WebP and GIF are decoded here; HEIC, AVIF, pages of a PDF, and large pictures that have
to be held whole, in a process of their own, which has bounds on its memory and time. The result is
what the voter sees and what both models get, byte for byte.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from PIL import Image, ImageOps

from arena.core import decoding
from arena.core.colours import to_srgb
from arena.core.errors import DomainError, TooLarge

log = logging.getLogger(__name__)

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""The formats in which pictures are stored."""
BRANDS = dict.fromkeys(b"heic heix heim heis hevc hevx mif1 msf1".split(), "HEIF")
BRANDS |= dict.fromkeys((b"avif", b"avis"), "AVIF")
"""The brands of the files that a process of its own decodes, with Pillow's name of the format."""
PDF_HEAD_BYTES = 1024
"""A PDF may have other bytes before its mark, and readers look for it in so many."""
CHILD_SECONDS = 60
"""A child has a bound on its processor time; this one is for a machine with nothing to spare."""
DECODED_APART = ("L", "LA", "P", "RGB", "RGBA")
"""Modes of large PNG, WebP and GIF pictures and progressive JPEGs that a child decodes, too."""
SCALED_FIRST = ("L", "RGB", "CMYK")
"""Modes whose pixels can be scaled as they are."""
MAX_SIDE = 16_384
STORED_SIDE = 2048
"""Longer sides are scaled to this once: no later scaling shows a model another picture."""
REDUCED_FACTOR = 4
"""A JPEG is decoded at a fraction of its size, row by row: so many times the pixels may stand in
its file. A 48-megapixel phone's picture is one."""
HELD_FACTOR = 2
"""A progressive JPEG is held whole, at 6 bytes a pixel, before it is reduced; others take 12."""
JPEG_QUALITIES = (92, 85, 75)
SHRINK = 0.75
"""A picture over the bound at the lowest quality is scaled by this, as often as necessary."""

_decoders = threading.BoundedSemaphore(settings.UPLOAD_DECODERS)


class NotAPicture(DomainError):
    """The bytes are no picture or document of a known format that can be read."""

    status = 415
    code = "not_a_picture"
    message = _(
        "That file is no picture that can be read. JPEG, PNG, WebP, GIF, AVIF, HEIC and pages of"
        " a PDF are accepted."
    )


class NoSuchPage(NotAPicture):
    """The document has no page of that number."""

    code = "no_such_picture_page"

    def __init__(self, count: int) -> None:
        super().__init__(
            ngettext(
                "That document has no page of this number: it has %(count)d page.",
                "That document has no page of this number: it has %(count)d pages.",
                count,
            )
            % {"count": count}
        )


class NeedsPassword(NotAPicture):
    """The document can only be opened with a password."""

    code = "picture_needs_password"
    message = _("That document needs a password. Save a copy without one and send that.")


@dataclass(frozen=True, slots=True)
class PlainPicture:
    """Re-encoded bytes with their type and size in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def normalise(data: bytes, page: int = 1) -> PlainPicture:
    """Return the picture as it is stored: upright, in sRGB, within UPLOAD_STORED_BYTES, the same
    for the same upload. Of a PDF it is this page, of an animation the first frame.

    Raises NotAPicture (with its kinds) or TooLarge. At most UPLOAD_DECODERS pictures are decoded
    at a time.
    """
    with _decoders, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _reencode(data, page)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _too_many(settings.UPLOAD_MAX_PIXELS) from error
        except MemoryError as error:
            log.warning("refused a picture that unpacks to too much")
            sentence = _("That picture needs more memory to open than the arena has.")
            raise TooLarge(sentence) from error
        except DomainError:
            raise
        except Exception as error:
            # What a decoder raises on a broken file is an open list: KeyError, struct.error, ...
            raise NotAPicture from error


def is_document(data: bytes) -> bool:
    """Return whether these are the bytes of a PDF, which has pages."""
    return b"%PDF-" in data[:PDF_HEAD_BYTES]


def _reencode(data: bytes, page: int) -> PlainPicture:
    apart = BRANDS.get(data[8:12]) if data[4:8] == b"ftyp" else None
    if apart is None and is_document(data):
        apart = "PDF"
    if apart is not None:
        data = _decoded_apart(data, apart, page)
    with _opened(data) as source:
        # A phone's JPEG with a second frame behind the first comes as MPO.
        kind = source.format or ""
        kind = "PNG" if kind == "GIF" else kind if kind in FORMATS else "JPEG"
        # Decoding would hold many pixels at once: eight visitors may send such files at the same
        # time, and what the decoders of the web process hold adds up there.
        held = source.format not in ("JPEG", "MPO") or bool(source.info.get("progressive"))
        many = source.width * source.height > STORED_SIDE * STORED_SIDE
        costly = held and many and source.mode in DECODED_APART
        _prepare(source, kind)
        pixels = None if costly else _upright(source)
        name = source.format or ""
    if pixels is None:
        with _opened(_decoded_apart(data, name, page)) as source:
            pixels = _upright(source)
    pixels.thumbnail((STORED_SIDE, STORED_SIDE), Image.Resampling.LANCZOS)
    # Photographs come as HEIC and AVIF, so a lossless copy of one would only be larger.
    return _within_bound(pixels, "JPEG" if apart in ("HEIF", "AVIF") else kind)


def _opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=[*FORMATS, "GIF"])


def _upright(source: Image.Image) -> Image.Image:
    """Return it as it is held, opaque and in sRGB: a new image, which has no EXIF, XMP, ICC
    profile, comment or text to save.

    Where nothing forbids it the picture is scaled first: turning it and its colours then copy a
    small one. A palette and a colour that stands for transparency don't survive scaling. What is
    transparent becomes white: under it a picture could be hidden that the voter doesn't see and
    that a model, which knows no transparency, would.
    """
    source.load()
    if source.mode in SCALED_FIRST and not source.has_transparency_data:
        source.thumbnail((STORED_SIDE, STORED_SIDE), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(source, in_place=True)
    image, profile = source, source.info.get("icc_profile") or b""
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


def _decoded_apart(data: bytes, kind: str, page: int) -> bytes:
    """Return a PNG with at most STORED_SIDE pixels a side, out of a process of its own."""
    most = settings.UPLOAD_MAX_PIXELS * REDUCED_FACTOR
    words = [kind, *map(str, (STORED_SIDE, most, MAX_SIDE, page))]
    child = subprocess.run(
        [sys.executable, "-I", decoding.__file__, *words],
        input=data,
        capture_output=True,
        timeout=CHILD_SECONDS,
        check=False,
        env={},
    )
    if child.returncode == decoding.TOO_MANY_PIXELS:
        raise _too_many(most)
    if child.returncode == decoding.TOO_LONG:
        raise _too_long()
    if child.returncode == decoding.TOO_MUCH_MEMORY:
        raise TooLarge(
            _("That picture needs more than %(limit)d MB of memory to open, the limit.")
            % {"limit": decoding.MEMORY_BYTES // 1024**2}
        )
    if child.returncode == -signal.SIGXCPU:
        raise TooLarge(
            _("That picture takes more than %(limit)d seconds to open, the limit.")
            % {"limit": decoding.PROCESSOR_SECONDS}
        )
    if child.returncode == decoding.NO_SUCH_PAGE:
        raise NoSuchPage(int(child.stderr.split()[-1]))
    if child.returncode == decoding.NEEDS_PASSWORD:
        raise NeedsPassword
    if child.returncode:
        last = child.stderr.decode(errors="replace").strip().splitlines()[-1:]
        log.info("a %s could not be decoded: status %d %s", kind, child.returncode, last)
        raise NotAPicture
    return child.stdout


def _prepare(source: Image.Image, kind: str) -> None:
    """Judge the size that will be decoded, before anything is: for a JPEG that is a reduced one."""
    if max(source.size) > MAX_SIDE:
        raise _too_long()
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


def _too_long() -> TooLarge:
    return TooLarge(
        _("That picture is too long; the limit is %(limit)d pixels a side.") % {"limit": MAX_SIDE}
    )


def _too_many(most: int) -> TooLarge:
    return TooLarge(
        _("That picture has too many pixels; the limit is %(million)d million.")
        % {"million": most // 1_000_000}
    )


def _within_bound(pixels: Image.Image, kind: str) -> PlainPicture:
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


def _encoded(pixels: Image.Image, kind: str, **options: Any) -> PlainPicture:
    out = BytesIO()
    pixels.save(out, kind, **options)
    return PlainPicture(
        data=out.getvalue(), mime=FORMATS[kind], width=pixels.width, height=pixels.height
    )
