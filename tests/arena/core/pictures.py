"""Small pictures for tests, whole and broken."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image, PngImagePlugin

RED, GREEN, BLUE, WHITE = (200, 10, 10), (10, 200, 10), (10, 10, 200), (255, 255, 255)
FORMATS = ("JPEG", "PNG", "WEBP")
CANARY = b"canary-51.4778N-0.0014W"


def corners(size=(32, 24)):
    """Red, green, blue and white quarters, clockwise from the upper left."""
    width, height = size[0] // 2, size[1] // 2
    image = Image.new("RGB", size, WHITE)
    image.paste(RED, (0, 0, width, height))
    image.paste(GREEN, (width, 0, *size[:1], height))
    image.paste(BLUE, (width, height, *size))
    return image


def encoded(image=None, kind="PNG", **options):
    out = BytesIO()
    (image or corners()).save(out, kind, **options)
    return out.getvalue()


def decoded(picture):
    image = Image.open(BytesIO(picture.data))
    image.load()
    return image


def close_to(pixel, colour):
    return all(abs(is_ - should) < 40 for is_, should in zip(pixel, colour, strict=True))


def held(upright, orientation):
    """The pixels and the EXIF that a camera held so stores of this picture."""
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return (upright if back is None else upright.transpose(back)), exif


def turned(orientation, kind="JPEG"):
    """Stored as a camera does that was held so: upright is what ``corners`` paints."""
    stored, exif = held(corners(), orientation)
    return encoded(stored, kind, exif=exif)


def with_canaries(kind):
    """EXIF with a place, XMP, a colour profile, a comment, texts: what the format has."""
    exif = Image.Exif()
    exif[0x010E] = exif[0x9286] = CANARY.decode()
    exif.get_ifd(0x8825)[0x001D] = CANARY.decode()
    options = {"exif": exif, "icc_profile": CANARY, "xmp": CANARY}
    if kind == "JPEG":
        options["comment"] = CANARY
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", CANARY.decode())
        texts.add_itxt("XML:com.adobe.xmp", CANARY.decode())
        options["pnginfo"] = texts
    return encoded(kind=kind, **options)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_claiming(width, height):
    """A few bytes whose header promises a picture of this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def png_with_text_bomb():
    """A megabyte-sized text that unpacks to much more than its bytes."""
    packed = b"Comment\0\0" + zlib.compress(b"A" * 80_000_000, 9)
    whole = encoded()
    return whole[:33] + chunk(b"zTXt", packed) + whole[33:]
