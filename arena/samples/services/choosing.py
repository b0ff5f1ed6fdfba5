"""Choose a sample picture, and keep the choice with its probability."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from random import SystemRandom

import msgspec
from django.conf import settings

from arena.battles.selectors.samples import judged_sample, shipped_samples
from arena.core.errors import DomainError, NotFound
from arena.gates.services import is_admitted
from arena.matchmaking import draw_picture, picture_probabilities
from arena.samples import dispatch
from arena.samples.selectors import known_chances
from inference_worker.wire.messages import MalformedMessage
from inference_worker.wire.samples import DrawnSample

log = logging.getLogger(__name__)

SHARPNESS = 4.0
"""The power of the chances by which pictures are chosen: twice the chance, sixteen times as often,
within what the even share leaves."""


def choose_sample(*, besides: str = "") -> str:
    """Return the name of a sample: one that nobody has seen, where workers have drawn any, else a
    shipped one but ``besides``.

    The likelier the models are to differ on it, the likelier it is chosen. Its probability is kept
    in Redis for whoever asks about it. Locks nothing. Raises NotFound where there is no sample.
    """
    drawn = dispatch.take_drawn() if is_admitted("fresh_sample") else []
    return _fresh(drawn) or _shipped(besides)


def _fresh(drawn: Sequence[DrawnSample]) -> str:
    if not drawn:
        return ""
    place, probability = _draw([one.stratum for one in drawn])
    try:
        chosen = judged_sample(drawn[place])
    except (MalformedMessage, DomainError) as error:
        log.warning("no fresh sample picture: %s", type(error).__name__)
        return ""
    kept = msgspec.structs.replace(chosen, probability=probability, candidates=len(drawn))
    return kept.name if dispatch.keep(kept) else ""


def _shipped(besides: str) -> str:
    rows = {name: row for name, row in shipped_samples().items() if name != besides}
    if not rows:
        raise NotFound
    place, probability = _draw([row.get("stratum", "") for row in rows.values()])
    name = list(rows)[place]
    about = {key: rows[name].get(key, "") for key in ("prompt", "category", "alt", "stratum")}
    dispatch.keep(
        DrawnSample(name, picture="", probability=probability, candidates=len(rows), **about)
    )
    return name


def _draw(strata: Sequence[str]) -> tuple[int, float]:
    """Return the place of the stratum that is drawn, and the probability of that."""
    known = known_chances()
    shares = picture_probabilities(
        [known.of(stratum) for stratum in strata], floor=settings.SAMPLE_FLOOR, sharpness=SHARPNESS
    )
    place = draw_picture(shares, SystemRandom())
    return place, float(shares[place])
