"""The numbers of a picture mean colours only together with its profile; here they become sRGB.

A picture is stored without a profile, so that nothing of the upload survives. A phone's wide-gamut
photograph would otherwise change its colours between the preview and the battle.
"""

from __future__ import annotations

import logging
from functools import cache
from io import BytesIO

from PIL import Image, ImageCms

log = logging.getLogger(__name__)

MAX_PROFILE_BYTES = 4 * 1024 * 1024
"""A printer's profile takes half of this; a longer one is passed over like a broken one."""
_SPACES = {"RGB": ("RGB", "RGBA", "L"), "GRAY": ("L",), "CMYK": ("CMYK",)}
"""For each colour space of a profile the image modes to which it can apply."""


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in sRGB, its alpha kept; RGB and RGBA pictures are changed in place.

    A profile that is broken, or speaks of another kind of picture, is passed over.
    """
    if not profile or len(profile) > MAX_PROFILE_BYTES:
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if image.mode not in _SPACES.get(space, ()):
            return image
        plain = image.convert("RGB") if space == "RGB" and image.mode == "L" else image
        in_place = plain.mode in ("RGB", "RGBA")
        changed = ImageCms.profileToProfile(
            plain,
            source,
            _srgb(),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode=None if in_place else "RGB",
            inPlace=in_place,
        )
        return plain if changed is None else changed
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        log.debug("a colour profile is passed over: %s", type(error).__name__)
        return image


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
