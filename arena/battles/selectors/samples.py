"""Reading sample pictures: those that are shipped, and those that a worker has drawn."""

from __future__ import annotations

import base64
import json
import secrets
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from redis.exceptions import RedisError

from arena.battles.models import Turn
from arena.core.errors import NotFound
from arena.core.images import normalise
from arena.core.redis import client
from inference_worker.wire import samples as drawn_samples
from inference_worker.wire.messages import MalformedMessage
from inference_worker.wire.samples import DrawnSample
from inference_worker.wire.texts import writable

MOST_CANDIDATES = 1000
LEAST_SHARE = 0.01
"""The least probability of a picture, in parts of an even choice."""
STRATUM_CHARACTERS = 60
"""As many as the column of a turn has."""
SAMPLES = Path(__file__).parents[1] / "samples"


@cache
def shipped_samples() -> dict[str, dict[str, str]]:
    """The shipped sample pictures by id: file, prompt, category and description of each."""
    try:
        rows = json.loads((SAMPLES / "samples.json").read_text())
    except FileNotFoundError:
        return {}
    return {Path(row["file"]).stem: row for row in rows}


def sample_bytes(sample: str) -> bytes:
    """The sample's PNG, shipped or drawn for a visitor of the last hours. Raises NotFound."""
    if sample in shipped_samples():
        return (SAMPLES / shipped_samples()[sample]["file"]).read_bytes()
    drawn = drawn_sample(sample)
    if drawn is None:
        raise NotFound
    return drawn.data


def sample_about(sample: str) -> dict[str, str]:
    """Prompt, category, description and right answer of a sample; empty where it is known no
    more."""
    drawn = None if sample in shipped_samples() else drawn_sample(sample)
    if drawn is None:
        return shipped_samples().get(sample, {})
    about = {"prompt": drawn.prompt, "category": drawn.category, "alt": drawn.alt}
    return {**about, "answer": drawn.answer, "stratum": drawn.stratum}


class SampleChoice(NamedTuple):
    """The stratum of a sample's question, and how the sample came to be shown.

    ``stratum`` is empty where something else was asked about the picture; the other two are None
    where no choice is known.
    """

    stratum: str = ""
    probability: float | None = None
    candidates: int | None = None


NO_CHOICE = SampleChoice()
"""What is known of a picture that is no sample."""


def sample_choice(sample: str, prompt: str) -> SampleChoice:
    """Return what is known of a sample that somebody asks about in these words."""
    about, chosen = sample_about(sample), drawn_sample(sample)
    stratum = about.get("stratum", "") if about.get("prompt") == prompt else ""
    if chosen is None or not chosen.probability:
        return SampleChoice(stratum)
    # Nothing weighs as much as a choice that no floor allows: whoever wrote it was not the site.
    even = chosen.candidates * chosen.probability
    if chosen.probability > 1.0 or chosen.candidates > MOST_CANDIDATES or even < LEAST_SHARE:
        return SampleChoice(stratum)
    return SampleChoice(stratum, chosen.probability, chosen.candidates)


def drawn_sample(sample: str) -> DrawnSample | None:
    """Return a sample that a worker rendered and a visitor saw; None if it or Redis is gone."""
    try:
        return drawn_samples.taken(client(), sample)
    except (RedisError, MalformedMessage):
        return None


def judged_sample(drawn: DrawnSample) -> DrawnSample:
    """Return what a worker drew as the site shows it: made anew from the pixels, under a name of
    the site's own. Raises MalformedMessage or a DomainError for what is none of ours."""
    picture = normalise(drawn.data)
    known = {row["category"] for row in shipped_samples().values()}
    if picture.mime != "image/png" or (known and drawn.category not in known):
        raise MalformedMessage("not a sample of ours")
    prompt, alt = writable(drawn.prompt), writable(drawn.alt)
    answer, stratum = writable(drawn.answer), writable(drawn.stratum)
    longest = max(len(prompt), len(alt), len(answer))
    if longest > settings.PROMPT_MAX_CHARACTERS or len(stratum) > STRATUM_CHARACTERS:
        raise MalformedMessage("longer than a sample of ours")
    encoded = base64.b64encode(picture.data).decode()
    name = f"drawn-{secrets.token_hex(12)}"
    return DrawnSample(name, prompt, drawn.category, alt, encoded, answer, stratum)


def words_given(public_id: str) -> str:
    """Return all words that both models of a battle had before them: the prompts, and a sample's
    own text. Empty for a battle that is none.
    """
    turns = Turn.objects.filter(battle__public_id=public_id).values_list("prompt", "sample")
    return "\n".join(
        f"{prompt}\n{sample_about(sample).get('alt', '') if sample else ''}"
        for prompt, sample in turns
    )
