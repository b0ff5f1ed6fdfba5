"""A vote on a picture full of detail, and what the form of regions sends."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from arena.battles.models import Image as Picture
from arena.orchestration.services.regions import version_of
from tests.arena.core.pictures import encoded
from tests.factories import make_image, make_models, make_vote

QUARTER = (0.0, 0.0, 0.5, 0.5)
FIELDS = ("left", "top", "width", "height")
NOTHING = version_of(())


def noisy(size=(80, 60)):
    """A picture of which each pixel differs from its neighbours."""
    image = Image.new("RGB", size)
    width = size[0]
    count = width * size[1]
    image.putdata([((n * 83) % 256, (n * 47) % 256, (n // width) * 4) for n in range(count)])
    return image


DATA = encoded(noisy())


def colours(data, box):
    """How many colours a part of a picture has."""
    with Image.open(BytesIO(data)) as image:
        return len(set(image.convert("RGB").crop(box).get_flattened_data()))


def noisy_picture(data=DATA):
    picture = make_image(data)
    Picture.objects.filter(pk=picture.pk).update(width=80, height=60)
    return picture


def vote_on_noise(*slugs):
    """A vote on that picture, which may be published."""
    vote = make_vote(*make_models(*slugs), publish=True)
    vote.battle.turns.update(image=noisy_picture())
    return vote


def sent(*rows, seen=NOTHING, action="save", **fields):
    """What the form sends of these rows of left, top, width and height in percent."""
    cells = {name: [row[place] for row in rows] for place, name in enumerate(FIELDS)}
    return {**cells, "seen": seen, "action": action, **fields}
