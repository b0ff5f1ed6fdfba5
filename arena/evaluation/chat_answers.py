"""The forms of an answer: one document, or the pieces of a stream."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from inference_worker.wire.events import CUTS


@dataclass(frozen=True, slots=True)
class CompletionUsage:
    """The tokens of one request, as its worker counted them."""

    prompt: int = 0
    completion: int = 0
    reasoning: int = 0

    @property
    def document(self) -> dict[str, Any]:
        """Return the usage in OpenAI's form."""
        completion = self.completion + self.reasoning
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": completion,
            "total_tokens": self.prompt + completion,
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """The frame of one answer: who gives it, and when."""

    model: str
    fingerprint: str
    id: str = field(default_factory=lambda: f"chatcmpl-{token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def document(self, text: str, finish: str, usage: CompletionUsage) -> dict[str, Any]:
        """Return the whole answer."""
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        return {**self._frame("chat.completion"), "choices": [choice], "usage": usage.document}

    def chunk(self, text: str = "", *, first: bool = False, finish: str | None = None) -> bytes:
        """Return a piece of the answer as an event."""
        delta: dict[str, str] = {"role": "assistant"} if first else {}
        if text or first:
            delta["content"] = text
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return as_event({**self._frame("chat.completion.chunk"), "choices": [choice]})

    def usage_chunk(self, usage: CompletionUsage) -> bytes:
        """Return the event that holds the usage alone."""
        frame = self._frame("chat.completion.chunk")
        return as_event({**frame, "choices": [], "usage": usage.document})

    def _frame(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
        }


def as_event(document: dict[str, Any]) -> bytes:
    """Return a JSON document as a server-sent event."""
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def finish_reason(code: str) -> str:
    """Return OpenAI's word for why an answer ended; ``code`` is that of the event."""
    return "length" if code in CUTS else "stop"


@dataclass(slots=True)
class StopSequences:
    """Cuts an answer before the first of some texts, wherever its pieces are cut."""

    stops: tuple[str, ...]
    met: bool = False
    _held: str = ""

    def add(self, text: str) -> str:
        """Return what can be shown by now; nothing once a stop was met."""
        if self.met:
            return ""
        text = self._held + text
        places = [place for stop in self.stops if (place := text.find(stop)) >= 0]
        if places:
            self.met, self._held = True, ""
            return text[: min(places)]
        # How many last characters may be the beginning of a stop?
        sizes = ((stop, size) for stop in self.stops for size in range(1, len(stop)))
        held = max((size for stop, size in sizes if text.endswith(stop[:size])), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def rest(self) -> str:
        """Return what was held back, at the end of an answer without a stop."""
        held, self._held = self._held, ""
        return held
