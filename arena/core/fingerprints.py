"""Perceptual hashes of pictures: the same for another encoding or a smaller size of one picture."""

from __future__ import annotations

from io import BytesIO

import imagehash
from PIL import Image

BITS = 64


def fingerprint(data: bytes) -> str:
    """Return the perceptual hash of a picture in 16 hexadecimal digits."""
    with Image.open(BytesIO(data)) as picture:
        return str(imagehash.phash(picture))


def distance(one: str, other: str) -> int:
    """Return the number of bits in which two fingerprints differ, of ``BITS``."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
