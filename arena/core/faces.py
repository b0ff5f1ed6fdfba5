"""Regions of pictures that are blurred in what is published, among them detected faces."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.utils.translation import gettext_lazy as _
from PIL import Image

from arena.core import face_detection
from arena.core.errors import Unavailable

log = logging.getLogger(__name__)

Region = tuple[float, float, float, float]
"""Left, top, right and bottom of a part of a picture, in shares of its sides."""
LOOK_SECONDS = 60
MARGIN = 0.25
"""A box ends at the chin and the forehead; so much of its size is blurred around it."""
BLOCKS = 5
"""A region becomes so many blocks a side: too few to tell whose face it was."""
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 92, "subsampling": 0},
    "PNG": {"optimize": False},
    "WEBP": {"quality": 92, "method": 2},
}


class FacesUnknown(Unavailable):
    """The detector did not look at a picture, so the picture is not published."""

    code = "faces_unknown"
    message = _("The picture could not be looked at for faces, so it is not published now.")


def find_faces(data: bytes) -> list[Region]:
    """Return the faces of a picture. Raises FacesUnknown where the detector does not answer."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", face_detection.__file__],
            input=data,
            capture_output=True,
            timeout=LOOK_SECONDS,
            check=True,
            env={},
        )
    except subprocess.SubprocessError as error:
        said = (getattr(error, "stderr", None) or b"").decode(errors="replace").splitlines()[-1:]
        log.warning("no faces were looked for: %s %s", type(error).__name__, said)
        raise FacesUnknown from error
    return [as_region(line.split()) for line in child.stdout.decode().splitlines()]


def as_region(numbers: Iterable[Any]) -> Region:
    """Return four numbers, as a column or a line has them, as a region."""
    left, top, right, bottom = map(float, numbers)
    return left, top, right, bottom


def around_face(face: Region) -> Region:
    """Return the region that is blurred for a face: its box with a margin."""
    left, top, right, bottom = face
    wide, high = MARGIN * (right - left), MARGIN * (bottom - top)
    return left - wide, top - high, right + wide, bottom + high


def without_regions(data: bytes, regions: Sequence[Region]) -> bytes:
    """Return the picture with coarse blocks in place of these regions, in its own format; the same
    bytes each time, and the picture's own where there is no region."""
    if not regions:
        return data
    with Image.open(BytesIO(data)) as source:
        kind = source.format or "PNG"
        picture = source.convert("RGB")
    for left, top, right, bottom in regions:
        x, y = _on(picture.width, left), _on(picture.height, top)
        size = (_on(picture.width, right) - x, _on(picture.height, bottom) - y)
        if min(size) > 0:
            part = picture.crop((x, y, x + size[0], y + size[1]))
            few = part.resize((BLOCKS, BLOCKS), Image.Resampling.BOX)
            picture.paste(few.resize(size, Image.Resampling.NEAREST), (x, y))
    out = BytesIO()
    picture.save(out, kind, **_OPTIONS.get(kind, {}))
    return out.getvalue()


def _on(side: int, share: float) -> int:
    return round(min(max(share, 0.0), 1.0) * side)
