"""Any endpoint that speaks OpenAI's moderation API: a hosted one, or a classifier of one's own."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from arena.gates.judgements import Judgement, ModeratedContent, found
from arena.gates.moderation_calls import ask_json, data_url


def is_configured() -> bool:
    """Return whether the operator has named an address."""
    return bool(settings.MODERATION_ENDPOINT)


def judge(content: ModeratedContent) -> Judgement:
    """Return the categories that the endpoint finds. One that says it found nothing and names a
    category all the same has found it; an answer without results is an error."""
    # A plain text where there is no picture: not every server reads the longer form.
    body: dict[str, Any] = {"input": content.text}
    if content.picture:
        words = [{"type": "text", "text": content.text}] if content.text else []
        body["input"] = [*words, {"type": "image_url", "image_url": {"url": data_url(content)}}]
    if settings.MODERATION_MODEL:
        body["model"] = settings.MODERATION_MODEL
    answer = ask_json(settings.MODERATION_ENDPOINT, body, token=settings.MODERATION_KEY)
    categories: set[str] = set()
    for result in answer["results"]:
        named = {str(name)[:40] for name, is_found in result["categories"].items() if is_found}
        if not isinstance(result["flagged"], bool):
            raise TypeError("flagged is neither true nor false")
        categories |= named or ({"flagged"} if result["flagged"] else set())
    if not answer["results"]:
        raise ValueError("the endpoint has judged nothing")
    return found(frozenset(categories))
