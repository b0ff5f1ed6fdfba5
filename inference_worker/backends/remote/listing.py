"""Which models an endpoint has, by its own list: alike in all protocols that are spoken here."""

from __future__ import annotations

import json

import httpx2 as httpx

from inference_worker.backends.base import BackendError
from inference_worker.backends.remote.own_words import field_of
from inference_worker.wire.model_lists import MOST_NAMES

PATH = "/models"
_MOST_BYTES = 4_000_000
_MOST_NAME = 500


def names_in(response: httpx.Response) -> tuple[str, ...]:
    """Return the names in a list of models, sorted, each once and at most MOST_NAMES of them.

    Raises BackendError for what is no such list.
    """
    read = b""
    for part in response.iter_bytes():
        read += part
        if len(read) > _MOST_BYTES:
            raise BackendError("internal", "the endpoint's list of models is too long")
    try:
        body = json.loads(read)
    except (ValueError, RecursionError):
        body = None
    rows = body if isinstance(body, list) else field_of(body, "data", None)
    rows = field_of(body, "models", None) if rows is None else rows
    if not isinstance(rows, list):
        raise BackendError("unavailable", "the endpoint has no list of models at this address")
    names = set()
    for row in rows:
        name = row if isinstance(row, str) else field_of(row, "id") or field_of(row, "name")
        if isinstance(name, str) and name.isprintable() and 0 < len(name) <= _MOST_NAME:
            names.add(name)
    return tuple(sorted(names)[:MOST_NAMES])
