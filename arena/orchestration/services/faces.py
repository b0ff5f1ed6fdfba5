"""Look for faces in pictures before they are published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.conf import settings

from arena.battles.models import Image
from arena.battles.selectors.pictures import PictureRemoved, picture_bytes
from arena.core.faces import around_face, find_faces, without_regions


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
            faces = find_faces(data)
            shown = without_regions(data, [around_face(face) for face in faces])
            image.faces = [list(face) for face in faces]
            image.public_digest = hashlib.sha256(shown).hexdigest()
            # Of a picture that is erased at this very moment there is no row any more.
            found = {"faces": image.faces, "public_digest": image.public_digest}
            Image.objects.filter(pk=image.pk).update(**found)
