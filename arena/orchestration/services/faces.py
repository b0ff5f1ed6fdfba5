"""Look for faces in pictures before they are published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.conf import settings

from arena.battles.models import Image
from arena.battles.selectors.pictures import PictureRemoved, picture_bytes
from arena.core.faces import find_faces, without_faces


def look_for_faces(images: Iterable[Image]) -> None:
    """Store where the faces of these pictures are, of each once, where faces are to be blurred.

    Takes no lock: two that look at the same picture find the same. A picture whose file is gone is
    left as it is. Raises FacesUnknown where the detector does not answer.
    """
    for image in images if settings.BLUR_FACES else ():
        if image.faces is None:
            try:
                data = picture_bytes(image)
            except PictureRemoved:
                continue
            faces = [list(box) for box in find_faces(data)]
            shown = without_faces(data, faces)
            image.faces = faces
            image.public_digest = hashlib.sha256(shown).hexdigest()
            image.save(update_fields=["faces", "public_digest"])
