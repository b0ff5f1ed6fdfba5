"""A program of the operator's own, asked over HTTP.

It gets ``{"text", "picture"}``, the picture as a data URL or null, and answers with ``{"verdict":
"pass" | "fail" | "unknown", "categories": [...]}``.
"""

from __future__ import annotations

from django.conf import settings

from arena.gates.judgements import Judgement, ModeratedContent
from arena.gates.moderation_calls import ask_json, data_url
from arena.gates.states import GateVerdict


def is_configured() -> bool:
    """Return whether the operator has named an address."""
    return bool(settings.MODERATION_WEBHOOK)


def judge(content: ModeratedContent) -> Judgement:
    """Return what the program says; a verdict that is none is an error."""
    body = {"text": content.text, "picture": data_url(content) if content.picture else None}
    answer = ask_json(settings.MODERATION_WEBHOOK, body, token=settings.MODERATION_WEBHOOK_TOKEN)
    verdict = GateVerdict(answer["verdict"])
    named = frozenset(str(one)[:40] for one in answer.get("categories", [])[:20])
    if verdict == GateVerdict.FAIL:
        return Judgement(verdict, "", named or frozenset({"flagged"}))
    return Judgement(verdict)
