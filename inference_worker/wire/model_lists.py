"""The names of the models at an endpoint: asked of a worker, which may reach it, for a form.

The site puts a token into the request and looks for the list under it; the list lives for a while
and belongs to whoever has the token.
"""

from __future__ import annotations

import json
from typing import Annotated, cast

from msgspec import Meta
from redis import Redis

from inference_worker.wire import keys
from inference_worker.wire.messages import MOST_REASON, MalformedMessage, RandomName, WireMessage

KEPT_SECONDS = 120
ASK_SECONDS = 20
"""A worker that finds the request later than this ignores it, and asks for no longer."""
MOST_NAMES = 500
MOST_BYTES = 262_144


class ModelListRequest(WireMessage, frozen=True):
    """Which endpoint is asked, and the token under which the site looks for the answer."""

    token: RandomName
    backend: str
    base_url: str
    sealed_key: str
    """Ciphertext of the endpoint's key; empty where none is needed."""


class ModelList(WireMessage, frozen=True):
    """The models that an endpoint says it has, or why it says nothing."""

    names: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=MOST_NAMES)]
    problem: Annotated[str, Meta(max_length=MOST_REASON)] = ""
    """A sentence for operators, where there is no list."""


def put(redis: Redis, token: str, found: ModelList) -> None:
    """Keep a list under its token for KEPT_SECONDS."""
    redis.set(keys.model_list(token), json.dumps(found.to_json()), ex=KEPT_SECONDS)


def get(redis: Redis, token: str) -> ModelList | None:
    """Return the list of this token; None while there is none.

    Raises MalformedMessage for what no worker of ours has put there.
    """
    row = cast("bytes | None", redis.get(keys.model_list(token)))
    if row is None:
        return None
    try:
        return ModelList.from_json(json.loads(row[:MOST_BYTES]))
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("not a list of models") from error
