"""The parameters that an endpoint takes: learned from its own refusals, one after the other.

`max_tokens`, any temperature but 1 and streams are each refused by some servers, which say so with
status 400, the parameter's name and often the right one.
"""

from __future__ import annotations

import re
from typing import Any

from openai import APIStatusError

from inference_worker.backends.base import Ask

_LENGTH, _NEWER_LENGTH = "max_tokens", "max_completion_tokens"
_OPTIONAL = (_LENGTH, "temperature", "stream")
_UNSUPPORTED = re.compile(
    r"unsupported|not support|n't support|unrecognized|unknown|unexpected|not permitted|not allowed"
    r"|must be verified",
    re.IGNORECASE,
)
_MOST_CHARACTERS = 240
_REPEATED = 12
"""So many characters of the prompt in a row, and a sentence repeats it."""
_SECRET = re.compile(r"\bsk-\S+|\bBearer \S+|data:\S+|[A-Za-z0-9+/=_-]{40,}")


class Parameters:
    """What one model at one endpoint is asked with. Safe to call from any thread."""

    def __init__(self) -> None:
        self._refused: frozenset[str] = frozenset()

    def of(self, ask: Ask) -> dict[str, Any]:
        """Return the optional parameters of a request, without those that were refused."""
        length = _NEWER_LENGTH if _LENGTH in self._refused else _LENGTH
        wanted = {length: ask.max_new_tokens, "temperature": ask.temperature, "stream": True}
        return {name: value for name, value in wanted.items() if name not in self._refused}

    def learn(self, error: APIStatusError, sent: dict[str, Any]) -> bool:
        """Remember the parameter that the error refuses; return whether to ask once more."""
        refused = _refused(error) if error.status_code in {400, 422} else None
        if refused not in sent:
            return False
        self._refused |= {refused}
        return True


def sentence(body: Any, *, key: str, prompt: str) -> str:
    """Return an endpoint's own words on its failure, for operators: without key, picture or prompt.

    Empty where it says nothing, or nothing but what it was asked.
    """
    words = " ".join(_message(body).split())
    words = "".join(letter for letter in words if letter.isprintable())
    words = _SECRET.sub("…", words.replace(key, "…") if key else words)
    words = words[:_MOST_CHARACTERS].strip()
    asked = " ".join(prompt.split())
    repeated = {asked[i : i + _REPEATED] for i in range(max(1, len(asked) - _REPEATED + 1))}
    return "" if asked and any(words.count(part) for part in repeated) else words


def _refused(error: APIStatusError) -> str | None:
    """Return the optional parameter that the endpoint does not take at all, if it says one."""
    words = _message(error.body)
    if _NEWER_LENGTH in words:
        return _LENGTH
    if not _UNSUPPORTED.search(f"{words} {_field(error.body, 'code')}"):
        return None
    named = _field(error.body, "param")
    return named if named in _OPTIONAL else next((n for n in _OPTIONAL if n in words), None)


def _message(body: Any) -> str:
    """Return the sentence of an error's body, whichever of the usual forms it has."""
    if isinstance(body, str):
        return body
    for name in ("message", "detail", "error"):
        if isinstance(value := _field(body, name, None), str):
            return value
        if isinstance(value, dict):
            return _message(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return f"{value[0].get('msg', '')}: {value[0].get('loc', '')}"
    return ""


def _field(body: Any, name: str, default: Any = "") -> Any:
    return body.get(name, default) if isinstance(body, dict) else default
