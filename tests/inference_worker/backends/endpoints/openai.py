"""An answer as OpenAI's chat completions stream it."""

from __future__ import annotations

from tests.inference_worker.backends.answering import said


def answer(message):
    """Yield a thousand words, or as many as the request allows."""
    yield from said(1000, message["max_tokens"])
