"""Models behind Anthropic's Messages API, or an endpoint that speaks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from inference_worker.backends.base import BackendError, GenerationInput
from inference_worker.backends.remote.failures import EndpointError
from inference_worker.backends.remote.model import EndpointBackend
from inference_worker.backends.remote.protocol import (
    AnswerPart,
    TokenUsage,
    base64_of,
    count,
    media_type,
)
from inference_worker.settings import WorkerSettings
from inference_worker.wire.endpoint_options import EndpointOptions
from inference_worker.wire.manifests import BackendManifest, gettext_noop
from inference_worker.wire.messages import Finish

MANIFEST = BackendManifest(
    title=gettext_noop("endpoint of Anthropic's Messages API"),
    summary=gettext_noop("Asks a hosted API, or an endpoint that speaks its protocol."),
    source=gettext_noop("The model's name at the endpoint."),
    examples=("any",),
    remote=True,
    settings=("ARENA_ENDPOINT_ALLOW", "ARENA_SEALING_KEY"),
)

VERSION = "2023-06-01"
_LENGTH = frozenset({"max_tokens", "model_context_window_exceeded"})


class MessagesProtocol:
    """The Messages API: a stream of content blocks, each of which is text or thinking."""

    path = "/messages"

    def headers(self, key: str) -> Mapping[str, str]:
        """Return the headers of a request."""
        return {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}

    def body(
        self, ask: GenerationInput, *, source: str, options: EndpointOptions, most_tokens: int
    ) -> dict[str, Any]:
        """Return the request; the API demands a length and knows no seed."""
        messages: list[dict[str, Any]] = []
        for turn in ask.earlier:
            messages.append({"role": "user", "content": _content(turn.images, turn.prompt)})
            messages.append({"role": "assistant", "content": turn.answer})
        messages.append({"role": "user", "content": _content(ask.images, ask.prompt)})
        wanted = {"temperature": min(1.0, ask.sampling.temperature), "stream": True}
        taken = {name: value for name, value in wanted.items() if name not in options.omit}
        return {"model": source, "max_tokens": most_tokens, "messages": messages, **taken}

    def thinks(self, options: EndpointOptions) -> bool:
        """Return whether the model reasons first: here it does so where the request says it."""
        asked = options.extra_body.get("thinking")
        switch = asked.get("type") if isinstance(asked, dict) else None
        return options.thinks or switch in ("enabled", "adaptive")

    def parts(self, message: Any) -> Iterator[AnswerPart]:
        """Yield what an event, or the one body in place of a stream, says."""
        body = message if isinstance(message, dict) else {}
        kind = body.get("type")
        if kind == "error":
            raise EndpointError(body.get("error"))
        if kind == "message_start":
            told = body.get("message")
            name = told.get("model") if isinstance(told, dict) else ""
            yield AnswerPart(model=name if isinstance(name, str) else "")
        elif kind == "content_block_start":
            yield _block(body.get("content_block"))
        elif kind == "content_block_delta":
            yield _block(body.get("delta"))
        elif kind == "message_delta":
            yield _end(body.get("delta"), body.get("usage"))
        elif kind == "message_stop":
            yield AnswerPart(is_last=True)
        elif kind == "message":
            content = body.get("content")
            yield from map(_block, content if isinstance(content, list) else [])
            yield _end(body, body.get("usage"))
            yield AnswerPart(is_last=True)


def _content(images: Iterable[bytes], prompt: str) -> list[dict[str, Any]]:
    """Return the content of a user's message: the pictures and then the words."""
    content: list[dict[str, Any]] = []
    for image in images:
        picture = {"media_type": media_type(image), "data": base64_of(image)}
        content.append({"type": "image", "source": {"type": "base64", **picture}})
    return [*content, {"type": "text", "text": prompt}]


def _block(block: Any) -> AnswerPart:
    """Return what a content block, or what is added to one, says."""
    if not isinstance(block, dict):
        return AnswerPart()
    text, trace = block.get("text"), block.get("thinking")
    return AnswerPart(
        text=text if isinstance(text, str) else "",
        reasoning=trace if isinstance(trace, str) else "",
    )


def _end(delta: Any, usage: Any) -> AnswerPart:
    """Return how the answer ended. Raises BackendError where the model declines to answer."""
    reason = delta.get("stop_reason") if isinstance(delta, dict) else None
    if reason == "refusal":
        raise BackendError("refused", "the endpoint declined to answer: refusal", "declined")
    finish: Finish | None = None
    if reason:
        finish = "length" if reason in _LENGTH else "stop"
    tokens = count(usage.get("output_tokens") if isinstance(usage, dict) else None)
    return AnswerPart(finish=finish, usage=None if tokens is None else TokenUsage(tokens))


def create(settings: WorkerSettings) -> EndpointBackend:
    """Return the backend of this process."""
    return EndpointBackend(settings, MessagesProtocol())
