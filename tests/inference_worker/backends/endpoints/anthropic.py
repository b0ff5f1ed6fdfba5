"""An answer as Anthropic's Messages API streams it."""

from __future__ import annotations

WORDS = 1000


def answer(message):
    """Yield a thousand words, or as many as the request allows."""
    count = min(WORDS, message["max_tokens"])
    yield {"type": "message_start", "message": {"model": "any", "usage": {"output_tokens": 1}}}
    yield {"type": "content_block_start", "content_block": {"type": "text", "text": ""}}
    for number in range(count):
        delta = {"type": "text_delta", "text": f"word{number} "}
        yield {"type": "content_block_delta", "delta": delta}
    reason = "end_turn" if count == WORDS else "max_tokens"
    end = {"delta": {"stop_reason": reason}, "usage": {"output_tokens": count}}
    yield {"type": "message_delta", **end}
    yield {"type": "message_stop"}
