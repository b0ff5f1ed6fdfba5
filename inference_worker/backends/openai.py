"""Models behind an OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, hosted interfaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from inference_worker.backends.base import BackendError, GenerationInput
from inference_worker.backends.remote.event_stream import DONE
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
    title=gettext_noop("OpenAI-compatible endpoint"),
    summary=gettext_noop(
        "Asks vLLM, SGLang, llama.cpp or a hosted API; nothing is loaded in the worker."
    ),
    source=gettext_noop("The model's name at the endpoint."),
    examples=("any",),
    remote=True,
    settings=("ARENA_ENDPOINT_ALLOW", "ARENA_SEALING_KEY"),
)

_LENGTH = frozenset({"length", "max_tokens", "max_length", "max_output_tokens", "model_length"})
_DECLINED = frozenset(
    {"content_filter", "content_filtered", "safety", "refusal", "blocklist", "prohibited_content"}
)
_BROKEN = frozenset({"error", "abort", "aborted", "cancelled", "insufficient_system_resource"})
"""All other reasons to finish (`stop`, `eos`, `end_turn`, `stop_sequence`, ...) are an end."""

_TEXT = frozenset({"text", "output_text"})
_REASONING = frozenset({"thinking", "reasoning", "reasoning.text", "reasoning.summary"})
_REASONING_FIELDS = ("reasoning_content", "reasoning", "reasoning_details", "thinking")
"""One of them has the trace; servers that change from one to another send it in both."""
_SEEDS = 2**31
"""llama.cpp takes no greater one, and some others no more than a signed number of 32 bits."""


class ChatCompletions:
    """OpenAI's chat completions, as their many servers speak them."""

    path = "/chat/completions"

    def headers(self, key: str) -> Mapping[str, str]:
        """Return the headers of a request."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def body(
        self, ask: GenerationInput, *, source: str, options: EndpointOptions, most_tokens: int
    ) -> dict[str, Any]:
        """Return the request, with pictures before the text so that a prefix cache hits; there is
        no system message, which some models refuse."""
        messages: list[dict[str, Any]] = []
        for turn in ask.earlier:
            messages.append({"role": "user", "content": _content(turn.images, turn.prompt)})
            messages.append({"role": "assistant", "content": turn.answer})
        messages.append({"role": "user", "content": _content(ask.images, ask.prompt)})
        wanted: dict[str, Any] = {
            options.length_parameter: most_tokens,
            "temperature": ask.sampling.temperature,
            "seed": ask.sampling.seed % _SEEDS,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        left_out = {options.length_parameter if n == "max_tokens" else n for n in options.omit}
        if "stream" in options.omit:
            left_out.add("stream_options")
        taken = {name: value for name, value in wanted.items() if name not in left_out}
        return {"model": source, "messages": messages, **taken}

    def thinks(self, options: EndpointOptions) -> bool:
        """Return whether the model is known to reason first."""
        return options.thinks or options.reasoning_marks is not None

    def parts(self, message: Any) -> Iterator[AnswerPart]:
        """Yield what a chunk, or the one body in place of a stream, says."""
        if message == DONE:
            yield AnswerPart(is_last=True)
            return
        bodies = message if isinstance(message, list) else [message]
        for body in (one for one in bodies if isinstance(one, dict)):
            if body.get("error"):
                raise EndpointError(body["error"])
            name, choices = body.get("model"), body.get("choices")
            for choice in choices if isinstance(choices, list) else []:
                # Only one was asked for; a server that sends more must not mix two texts.
                if isinstance(choice, dict) and not choice.get("index"):
                    yield _part(choice, name if isinstance(name, str) else "")
            if (usage := _usage(body.get("usage"))) is not None:
                yield AnswerPart(usage=usage)
            if body.get("object") == "chat.completion":
                yield AnswerPart(is_last=True)


def _content(images: Iterable[bytes], prompt: str) -> list[dict[str, Any]]:
    """Return the content of a user's message: the pictures and then the words."""
    pictures = [
        {
            "type": "image_url",
            "image_url": {"url": f"data:{media_type(image)};base64,{base64_of(image)}"},
        }
        for image in images
    ]
    return [*pictures, {"type": "text", "text": prompt}]


def _part(choice: dict[str, Any], model: str) -> AnswerPart:
    """Raise BackendError where the endpoint declines to answer or says that it broke off."""
    delta, whole = choice.get("delta"), choice.get("message")
    said = delta if isinstance(delta, dict) else whole if isinstance(whole, dict) else {}
    reason = choice.get("finish_reason")
    word = str(reason.get("type") if isinstance(reason, dict) else reason or "").lower()
    if word in _DECLINED or said.get("refusal"):
        said_no = f"the endpoint declined to answer: {word or 'refusal'}"
        raise BackendError("refused", said_no, "declined")
    if word in _BROKEN:
        broke = f"the endpoint broke off its answer: {word}"
        raise BackendError("unavailable", broke, "stream_error")
    content = said.get("content")
    traces = (_joined(said.get(name), _REASONING | _TEXT) for name in _REASONING_FIELDS)
    reasoning = next(filter(None, traces), "") + _joined(content, _REASONING, bare=False)
    finish: Finish | None = None
    if word or said is whole:
        finish = "length" if word in _LENGTH else "stop"
    return AnswerPart(
        text=_joined(content, _TEXT),
        reasoning=reasoning,
        finish=finish,
        model=model,
    )


def _joined(value: Any, kinds: frozenset[str], *, bare: bool = True) -> str:
    """Return the text of a message's content: a string, or a list of parts, some of these kinds.

    ``bare``: a string, and a part without a kind, belong to it.
    """
    if isinstance(value, str):
        return value if bare else ""
    texts = []
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str):
            texts.append(part if bare else "")
        elif isinstance(part, dict) and part.get("type", "text" if bare else "") in kinds:
            found = (part.get(name) for name in ("text", "thinking", "summary", "reasoning"))
            texts.append(next((_joined(one, kinds | _TEXT) for one in found if one), ""))
    return "".join(texts)


def _usage(value: Any) -> TokenUsage | None:
    """Return a server's count; some leave what was reasoning out of what was completed."""
    if not isinstance(value, dict) or (completion := count(value.get("completion_tokens"))) is None:
        return None
    details = value.get("completion_tokens_details")
    reasoning = count(details.get("reasoning_tokens") if isinstance(details, dict) else None)
    prompt, total = count(value.get("prompt_tokens")), count(value.get("total_tokens"))
    if reasoning and prompt is not None and total == prompt + completion + reasoning:
        completion += reasoning
    return TokenUsage(completion, reasoning)


def create(settings: WorkerSettings) -> EndpointBackend:
    """Return the backend of this process."""
    return EndpointBackend(settings, ChatCompletions())
