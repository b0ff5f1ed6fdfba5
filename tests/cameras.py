"""Files as cameras, screens and scanners make them, and what must become of each in the arena."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

from tests.arena.core.pictures import BLUE, GREEN, RED, WHITE, chunk, encoded, held
from tests.arena.core.profiles import display_p3

Colour = tuple[int, ...]
MARKS: tuple[Colour, ...] = (RED, GREEN, BLUE, WHITE)
"""The corners of every file, clockwise from the upper left."""
GREYS: tuple[Colour, ...] = ((67,) * 3, (119,) * 3, (32,) * 3, WHITE)
MP_12, MP_24, MP_48 = (4032, 3024), (5712, 4284), (8064, 6048)
SMALL, TALL, WIDE, LONG = (1600, 1200), (1000, 12_000), (12_000, 1000), (17_000, 400)
MOST_BYTES = 10 * 1024 * 1024
"""The limit of an upload as the project ships it."""
NO_PICTURE = "is no picture that can be read"
COUNT = 40


@dataclass(frozen=True, slots=True)
class CameraFile:
    """A file and what must become of it: a picture with these marks, or a refusal."""

    name: str
    data: bytes
    size: tuple[int, int] = SMALL
    """In pixels, upright."""
    marks: tuple[Colour, ...] = MARKS
    pages: str = ""
    status: int = 201
    sentence: str = ""
    """A part of the sentence of the right rule, for a file that must be refused."""


@cache
def grain() -> npt.NDArray[np.int16]:
    """Noise as of a sensor, for one channel of a tile."""
    return np.random.default_rng(40).normal(0, 9, (1512, 2016)).astype(np.int16)


def photograph(
    size: tuple[int, int], marks: Sequence[Colour] = MARKS, *, noise: bool = True
) -> Image.Image:
    """Return a reddish picture with a mark in each corner."""
    width, height = size
    light = np.linspace(60, 160, width, dtype=np.int16) + np.linspace(
        0, 60, height, dtype=np.int16
    ).reshape(-1, 1)
    if noise:
        times = (-(-height // grain().shape[0]), -(-width // grain().shape[1]))
        light += np.tile(grain(), times)[:height, :width]
    np.clip(light, 0, 255, out=light)
    image = Image.merge("RGB", [Image.fromarray((light // n).astype(np.uint8)) for n in (1, 2, 3)])
    side = min(size) // 8
    places = ((0, 0), (width - side, 0), (width - side, height - side), (0, height - side))
    for colour, (left, top) in zip(marks, places, strict=True):
        image.paste(colour, (left, top, left + side, top + side))
    return image


def jpeg(image: Image.Image, **options: Any) -> bytes:
    """Return the picture as most cameras store it, within the limit of an upload."""
    data: bytes = encoded(image, "JPEG", **{"quality": 80, **options})
    return data


def heic(size: tuple[int, int]) -> bytes:
    """Return a photograph as a phone stores it; its encoder is set to be quick."""
    preset = {"preset": "ultrafast"}
    data: bytes = encoded(photograph(size), "HEIF", quality=45, enc_params=preset)
    return data


def png_of_16_bits(image: Image.Image) -> bytes:
    """Return a PNG with 16 bits for each of three colours, which Pillow doesn't write."""
    values = np.asarray(image).astype(np.uint16) * 257
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", image.width, image.height, 16, 2, 0, 0, 0)
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 1)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def heavy() -> Iterator[CameraFile]:
    """Pictures of many pixels, whose decoding takes the most memory."""
    screen = photograph((4600, 3400), noise=False)
    layered = photograph(MP_12, noise=False)
    layered.putalpha(Image.linear_gradient("L").resize(MP_12).point(lambda value: 255 - value // 8))
    yield CameraFile("PNG, 15.6 MP", encoded(screen), screen.size)
    yield CameraFile("PNG with alpha, 12 MP", encoded(layered), MP_12)
    yield CameraFile("progressive JPEG, 24 MP", jpeg(photograph(MP_24), progressive=True), MP_24)
    yield CameraFile("CMYK JPEG, 12 MP", jpeg(photograph(MP_12).convert("CMYK")), MP_12)
    turned, exif = held(photograph(MP_12), 3)
    yield CameraFile("WebP, 12 MP, held", encoded(turned, "WEBP", method=0, exif=exif), MP_12)
    yield CameraFile("HEIC, 48 MP", heic(MP_48), MP_48)
    yield CameraFile("AVIF, 24 MP", encoded(photograph(MP_24), "AVIF", speed=10), MP_24)
    yield CameraFile("HEIC, 12 MP", heic(MP_12), MP_12)


def held_cameras() -> Iterator[CameraFile]:
    """JPEGs of a camera held in each of the eight ways, of 12, 24 and 48 megapixels."""
    sizes = {6: MP_48, 8: MP_24, 1: MP_12}
    for orientation in range(1, 9):
        size = sizes.get(orientation, (3000, 2000))
        stored, exif = held(photograph(size), orientation)
        million = size[0] * size[1] / 1e6
        name = f"JPEG, {million:.0f} MP, orientation {orientation}"
        yield CameraFile(name, jpeg(stored, exif=exif), size)


def other_kinds() -> Iterator[CameraFile]:
    """Other modes, depths, animations, shapes and pages."""
    photo, plain = photograph(SMALL), photograph(SMALL, noise=False)
    second = {"save_all": True, "append_images": [photograph(SMALL, MARKS[1:] + MARKS[:1])]}
    deep = np.asarray(plain.convert("L")).astype(np.uint16) * 257
    palette = plain.quantize(64, method=Image.Quantize.FASTOCTREE)
    tall, wide = photograph(TALL, noise=False), photograph(WIDE)
    p3 = jpeg(photograph(MP_12), icc_profile=display_p3())
    yield CameraFile("JPEG in Display P3, 12 MP", p3, MP_12)
    yield CameraFile("JPEG with a second shot", encoded(photo, "MPO", **second))
    yield CameraFile("grey JPEG", jpeg(photo.convert("L")), marks=GREYS)
    yield CameraFile("grey PNG of 16 bits", encoded(Image.fromarray(deep)), marks=GREYS)
    yield CameraFile("PNG of 16 bits", png_of_16_bits(plain))
    yield CameraFile("PNG with a palette", encoded(palette))
    yield CameraFile("animated WebP", encoded(photo, "WEBP", **second))
    yield CameraFile("GIF", encoded(palette, "GIF"))
    yield CameraFile("animated GIF", encoded(photo, "GIF", **second))
    yield CameraFile("screenshot of 1000 x 12000", encoded(tall), TALL)
    yield CameraFile("panorama of 12000 x 1000", jpeg(wide), WIDE)
    turns = [MARKS[number:] + MARKS[:number] for number in range(3)]
    first, *others = [photograph(SMALL, marks) for marks in turns]
    document = encoded(first, "PDF", save_all=True, append_images=others, resolution=72)
    for number, marks in enumerate(turns, start=1):
        yield CameraFile(f"PDF, page {number} of 3", document, SMALL, marks, str(number))
    missing = "has no page of this number"
    yield CameraFile("PDF, page 4 of 3", document, pages="4", status=415, sentence=missing)


def refused() -> Iterator[CameraFile]:
    """Files that break a rule."""
    small, whole, cut_heic = photograph(SMALL), jpeg(photograph(MP_12)), heic(SMALL)
    many, long = photograph((9000, 7500), noise=False), photograph(LONG)
    rules = (
        ("BMP", encoded(small, "BMP"), 415, NO_PICTURE),
        ("TIFF", encoded(small, "TIFF"), 415, NO_PICTURE),
        ("text", b"IMG_0001 is in the other folder.\n" * 500, 415, NO_PICTURE),
        ("JPEG that was cut off", whole[: len(whole) * 6 // 10], 415, NO_PICTURE),
        ("HEIC that was cut off", cut_heic[: len(cut_heic) * 6 // 10], 415, NO_PICTURE),
        ("JPEG of too many bytes", whole + bytes(MOST_BYTES), 413, "larger than 10"),
        ("JPEG of 67 MP", jpeg(many), 413, "too many pixels; the limit is 64 million"),
        (
            "PNG of 17 MP",
            encoded(photograph((5000, 3400), noise=False)),
            413,
            "too many pixels; the limit is 16 million",
        ),
        ("JPEG of 17000 x 400", jpeg(long), 413, "too long; the limit is 16384 pixels a side"),
    )
    for name, data, status, sentence in rules:
        yield CameraFile(name, data, status=status, sentence=sentence)


def camera_files() -> Iterator[CameraFile]:
    """All of them, COUNT in number, those that cost the site most at the beginning."""
    pillow_heif.register_heif_opener()
    for kind in (heavy, held_cameras, other_kinds, refused):
        yield from kind()
