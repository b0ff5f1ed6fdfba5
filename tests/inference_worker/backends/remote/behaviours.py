"""Ten behaviours of endpoints of 2026, each a script; of the tenth no answer can be read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from tests.inference_worker.backends.remote.serving import Reply, delta, refusal, usage

WORDS = ["A ", "red ", "disc ", "on ", "white."]
TRACE = [f"step{n} " for n in range(40)]
"""Longer than any answer of a test may be."""
TEXT, THOUGHT = "".join(WORDS), "".join(TRACE)


@dataclass
class Behaviour:
    """How one kind of endpoint behaves."""

    script: Any
    text: str = TEXT
    trace: str = ""
    tokens: int = len(WORDS)
    reasoning_tokens: int = 0
    options: str = ""
    """Of the version, where nothing but a setting can help."""
    learned: dict[str, Any] | None = None
    """What a worker should have learned by the end of its first answer."""


def _cap(message):
    return message.get("max_tokens") or message.get("max_completion_tokens") or 10_000


def _limited(message, said, counted):
    """The chunks, cut at the most tokens that the request allows, with a true count."""
    cap = _cap(message)
    chunks = said[:cap]
    finish = "stop" if len(said) <= cap else "length"
    count = [usage(*counted)] if "stream_options" in message else []
    return Reply([delta(role="assistant"), *chunks, delta(finish), *count, "[DONE]"])


def _thinking(name):
    def script(message):
        said = [delta(**{name: word}) for word in TRACE] + [delta(content=w) for w in WORDS]
        return _limited(message, said, (45, 40))

    return script


def _inline(message):
    whole = f"<think>\n{THOUGHT}</think>\n\n{TEXT}"
    said = [delta(content=whole[i : i + 7]) for i in range(0, len(whole), 7)]
    cap = _cap(message)
    finish = "stop" if len(said) <= cap else "length"
    return Reply([*said[:cap], delta(finish), usage(47, 42), "[DONE]"])


def _gpt5(message):
    if "max_tokens" in message:
        return refusal(
            "Unsupported parameter: 'max_tokens' is not supported with this model."
            " Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    if message.get("temperature", 1) != 1:
        return refusal(
            "Unsupported value: 'temperature' does not support 0.5 with this model."
            " Only the default (1) value is supported.",
            param="temperature",
            code="unsupported_value",
        )
    return _limited(message, [delta(content=word) for word in WORDS], (5, 0))


def _hidden(message):
    """Thinks unseen for longer than a silence may be once an answer has begun."""
    if _cap(message) < 45:
        return Reply([delta("length"), usage(_cap(message), _cap(message)), "[DONE]"])

    def said():
        time.sleep(2.0)
        yield from (delta(content=word) for word in WORDS)
        yield from (delta("stop"), usage(45, 40), "[DONE]")

    return Reply(said())


def _several(message):
    return Reply([delta(content=TEXT), delta("stop"), usage(8), "[DONE]"])


def _roles(message):
    if [one["role"] for one in message["messages"]] != ["user"]:
        return refusal("Conversation roles must alternate user/assistant/user/assistant/...")
    return _limited(message, [delta(content=word) for word in WORDS], (5,))


def _pictures(message):
    return [p["image_url"]["url"] for p in message["messages"][0]["content"] if "image_url" in p]


def _one_picture(message):
    if len(_pictures(message)) > 1:
        return refusal("At most 1 image(s) may be provided in one prompt.", code=400)
    return _limited(message, [delta(content=word) for word in WORDS], (5,))


def _switched(message):
    if message.get("chat_template_kwargs", {}).get("enable_thinking") is not False:
        return _thinking("reasoning")(message)
    return _limited(message, [delta(content=word) for word in WORDS], (5, 0))


def links_alone(message):
    """Refuse a picture's bytes, as the tenth kind does: nothing that could be learned helps."""
    if any(url.startswith("data:") for url in _pictures(message)):
        return refusal("Invalid image_url: only http(s) URLs are accepted.", param="messages")
    return _limited(message, [delta(content=word) for word in WORDS], (5,))


THINKS = {"thinks": True}

BEHAVIOURS = {
    "vllm reasoning": Behaviour(_thinking("reasoning"), TEXT, THOUGHT, 5, 40, learned=THINKS),
    "sglang reasoning_content": Behaviour(
        _thinking("reasoning_content"), TEXT, THOUGHT, 5, 40, learned=THINKS
    ),
    "inline think": Behaviour(_inline, TEXT, f"\n{THOUGHT}", 5, 42, learned=THINKS),
    "gpt-5": Behaviour(
        _gpt5, learned={"length_parameter": "max_completion_tokens", "omit": ["temperature"]}
    ),
    "hidden thinking": Behaviour(_hidden, reasoning_tokens=40, learned={"thinks": True}),
    "several tokens a chunk": Behaviour(_several, tokens=8),
    "role refusing": Behaviour(_roles),
    "one picture": Behaviour(_one_picture),
    "switches": Behaviour(
        _switched, options='{"extra_body":{"chat_template_kwargs":{"enable_thinking":false}}}'
    ),
}
