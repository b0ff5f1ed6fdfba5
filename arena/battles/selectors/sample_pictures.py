"""Reading sample pictures: those that are shipped, and those that a worker has drawn."""

from __future__ import annotations

import base64
import json
import secrets
from functools import cache
from pathlib import Path
from random import SystemRandom

from django.conf import settings
from django.urls import reverse
from redis.exceptions import RedisError

from arena.core.errors import NotFound
from arena.core.images import normalise
from arena.core.redis import client
from inference_worker.wire import samples as drawn_samples
from inference_worker.wire.messages import MalformedMessage
from inference_worker.wire.samples import Sample
from inference_worker.wire.texts import writable

SAMPLES = Path(__file__).parents[1] / "samples"


@cache
def samples() -> dict[str, dict[str, str]]:
    """The shipped sample pictures by id: file, prompt, category and description of each."""
    try:
        rows = json.loads((SAMPLES / "samples.json").read_text())
    except FileNotFoundError:
        return {}
    return {Path(row["file"]).stem: row for row in rows}


def sample_bytes(sample: str) -> bytes:
    """The sample's PNG, shipped or drawn for a visitor of the last hours. Raises NotFound."""
    if sample in samples():
        return (SAMPLES / samples()[sample]["file"]).read_bytes()
    drawn = drawn_sample(sample)
    if drawn is None:
        raise NotFound
    return drawn.data


def sample_about(sample: str) -> dict[str, str]:
    """Prompt, category and description of a sample; empty where it is known no more."""
    drawn = None if sample in samples() else drawn_sample(sample)
    if drawn is None:
        return samples().get(sample, {})
    return {"prompt": drawn.prompt, "category": drawn.category, "alt": drawn.alt}


def drawn_sample(sample: str) -> Sample | None:
    """One that a worker drew and a visitor was shown; None where it, or Redis, is gone."""
    try:
        return drawn_samples.taken(client(), sample)
    except (RedisError, MalformedMessage):
        return None


def judged_sample(drawn: Sample) -> Sample:
    """What a worker drew as the site shows it: a picture made from the pixels, under a name of the
    site's own. Raises MalformedMessage or a DomainError for what is none of ours."""
    picture = normalise(drawn.data)
    known = {row["category"] for row in samples().values()}
    if picture.mime != "image/png" or (known and drawn.category not in known):
        raise MalformedMessage("not a sample of ours")
    prompt, alt = writable(drawn.prompt), writable(drawn.alt)
    if max(len(prompt), len(alt)) > settings.PROMPT_MAX_CHARACTERS:
        raise MalformedMessage("longer than a sample of ours")
    encoded = base64.b64encode(picture.data).decode()
    return Sample(f"drawn-{secrets.token_hex(12)}", prompt, drawn.category, alt, encoded)


def random_sample(besides: str) -> str:
    """Any shipped sample but ``besides``. Raises NotFound where there is none."""
    names = [name for name in samples() if name != besides]
    if not names:
        raise NotFound
    return SystemRandom().choice(names)


def offer(sample: str) -> dict[str, str]:
    """All that the page needs to show a sample. Raises NotFound where it is known no more."""
    about = sample_about(sample)
    if not about:
        raise NotFound
    return {
        "id": sample,
        "prompt": about["prompt"],
        "alt": about["alt"],
        "category": about["category"],
        "url": reverse("battles:sample_image", args=[sample]),
    }
