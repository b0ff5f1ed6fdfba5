"""The pictures and questions of a probe, drawn and worded so that there is one right answer.

Two pictures must get different and right answers; the same question without a picture shows what a
model says that does not look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageDraw

from arena.core.images import STORED_SIDE
from inference_worker.wire import blobs
from inference_worker.wire.probes import ProbeQuestion

SIDE = 256
CIRCLE, SQUARE, LARGEST = "red_circle", "blue_square", "red_circle_in_largest_picture"
BOXES = {
    CIRCLE: (0.10, 0.12, 0.42, 0.44),
    SQUARE: (0.55, 0.52, 0.92, 0.89),
    LARGEST: (0.10, 0.12, 0.42, 0.44),
}
"""The thing in each picture: left, top, right and bottom in fractions of the picture."""

FIRST, SECOND, BARE = "first_picture", "second_picture", "no_picture"
TURN, BOTH, PLACE, LONG = "second_turn", "two_pictures", "place", "long_answer"
LARGE = "largest_picture"

WHAT = "What is in the picture?"
RED = r"\b(?:red|rote?[nrsm]?|rouges?|roj[oa]s?|ross[oaie]|vermelh[oa]s?)\b|红|紅|赤|красн"
BLUE = r"\b(?:blue|blaue?[nrsm]?|bleue?s?|azul(?:es)?|blu)\b|蓝|藍|青|син(?:ий|яя|ее|ю)|голуб"
"""The words for the two colours in the languages in which models answer."""
SHORT_TOKENS, LONG_TOKENS = 64, 256


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with the names of its pictures."""

    name: str
    prompt: str
    pictures: tuple[str, ...] = ()
    tokens: int = SHORT_TOKENS
    needed: bool = False
    follows: str = ""
    """The question whose turn was before this one."""


QUESTIONS = (
    AskedQuestion(FIRST, WHAT, (CIRCLE,), needed=True),
    AskedQuestion(SECOND, WHAT, (SQUARE,), needed=True),
    AskedQuestion(BARE, WHAT),
    AskedQuestion(TURN, "Which color did it have?", follows=FIRST),
    AskedQuestion(BOTH, "Which color does each of the two pictures show?", (CIRCLE, SQUARE)),
    AskedQuestion(PLACE, "Where is the red circle? Answer with its bounding box.", (CIRCLE,)),
    AskedQuestion(LONG, "Describe the picture in detail.", (CIRCLE,), tokens=LONG_TOKENS),
    # The last one: a server that it is too much for has answered all the others.
    AskedQuestion(LARGE, WHAT, (LARGEST,)),
)


def questions() -> tuple[ProbeQuestion, ...]:
    """Return what a worker is to ask, in order."""
    return tuple(
        ProbeQuestion(
            name=one.name,
            prompt=one.prompt,
            images=tuple(blobs.digest(picture(name)) for name in one.pictures),
            max_new_tokens=min(one.tokens, settings.ANSWER_MAX_TOKENS),
            needed=one.needed,
            follows=one.follows,
            places=one.name == PLACE,
        )
        for one in QUESTIONS
    )


@cache
def picture(name: str) -> bytes:
    """Return a picture of this name as PNG. Raises KeyError for a name that none has."""
    side = STORED_SIDE if name == LARGEST else SIDE
    left, top, right, bottom = (edge * side for edge in BOXES[name])
    drawn = Image.new("RGB", (side, side), "white")
    brush = ImageDraw.Draw(drawn)
    if name == SQUARE:
        brush.rectangle((left, top, right, bottom), fill=(45, 85, 220))
    else:
        brush.ellipse((left, top, right, bottom), fill=(220, 40, 40))
    out = BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def names_colour(text: str, colour: str) -> bool:
    """Return whether a text names one of the two colours, ``RED`` or ``BLUE``."""
    return bool(re.search(colour, text, re.IGNORECASE))


def names_red(text: str) -> bool:
    """Return whether an answer on the red circle is right, and could not be one on the square."""
    return names_colour(text, RED) and not names_colour(text, BLUE)
