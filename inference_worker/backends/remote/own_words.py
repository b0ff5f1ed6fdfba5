"""An endpoint's own words on its failure, made fit for an operator.

They come without the key, the picture and the prompt, in one line and cut to a bound; a voter never
sees them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

_MOST_CHARACTERS = 240
_REPEATED = 12
"""A sentence with this many characters of the prompt in a row repeats the prompt."""
_KEY_PART = 8
"""Parts of the key of at least this many characters are removed."""
_SECRET = re.compile(
    r"\bsk-\S+|\bBearer\s+\S+|data:\S+|[A-Za-z0-9+/=_-]{40,}"
    r"|(?<=://)[^/\s@]+@"
    r"|(?i:(?:api[-_ ]?key|token|secret|password|authorization)[\"']?\s*[=:]\s*[\"']?[^\s\"',;&]+)"
)


@dataclass(frozen=True, slots=True)
class ConfidentialTexts:
    """The texts that no sentence may repeat: an endpoint's key, and a voter's question."""

    key: str = field(default="", repr=False)
    prompt: str = field(default="", repr=False)


def cleaned(words: str, hidden: ConfidentialTexts) -> str:
    """Return ``words`` on one line, cut to a bound, with an ellipsis for each secret in them.

    Empty where they repeat the prompt.
    """
    words = "".join(letter for letter in " ".join(words.split()) if letter.isprintable())
    for key in {hidden.key, quote(hidden.key, safe="")} - {""}:
        words = words.replace(key, "…")
        # And without any longer part of the key.
        for start in range(len(key) - _KEY_PART + 1):
            words = words.replace(key[start : start + _KEY_PART], "…")
    words = _SECRET.sub("…", words)[:_MOST_CHARACTERS].strip()
    asked = " ".join(hidden.prompt.split())
    if len(asked) < _REPEATED:
        # By itself: within other words every sentence has a question such as "hi".
        alone = rf"(?<![A-Za-z0-9]){re.escape(asked)}(?![A-Za-z0-9])"
        is_repeated = bool(asked) and re.search(alone, words) is not None
    else:
        starts = range(len(asked) - _REPEATED + 1)
        is_repeated = any(asked[i : i + _REPEATED] in words for i in starts)
    return "" if is_repeated else words


def sentence_of(body: Any) -> str:
    """Return the sentence of an error's body, whichever of the usual forms it has, else nothing."""
    if isinstance(body, str):
        return body
    if isinstance(body, list) and body:
        return sentence_of(body[0])
    for name in ("message", "detail", "error"):
        value = field_of(body, name, None)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, dict) and (words := sentence_of(value)):
            return words
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return f"{value[0].get('msg', '')}: {value[0].get('loc', '')}"
    return ""


def field_of(body: Any, name: str, default: Any = "") -> Any:
    """Return a field of a body that may be anything."""
    return body.get(name, default) if isinstance(body, dict) else default
