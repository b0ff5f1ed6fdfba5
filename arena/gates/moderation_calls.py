"""Calls to moderators elsewhere: one JSON answer, bounded in time and in bytes."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import httpx
from django.conf import settings

from arena.gates.judgements import ModeratedContent

MOST_BYTES = 256 * 1024


def ask_json(url: str, body: Any, *, token: str) -> dict[str, Any]:
    """Return the object that an address answers with. Raises httpx.HTTPError, and ValueError for an
    answer that is too long, too slow or no JSON object."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    until, read = time.monotonic() + settings.MODERATION_SECONDS, b""
    with (
        httpx.Client(timeout=settings.MODERATION_SECONDS, trust_env=False) as client,
        client.stream("POST", url, json=body, headers=headers) as response,
    ):
        response.raise_for_status()
        for piece in response.iter_bytes():
            read += piece
            if len(read) > MOST_BYTES or time.monotonic() > until:
                raise ValueError("the answer is too long or too slow")
    answer = json.loads(read)
    if not isinstance(answer, dict):
        raise ValueError("the answer is no object")
    return answer


def data_url(content: ModeratedContent) -> str:
    """Return the picture as an address that contains it."""
    return f"data:{content.mime};base64,{base64.b64encode(content.picture).decode()}"
