"""From the bytes of an endpoint's answer to pieces of text, in all the forms that servers send.

Servers differ: a first chunk without a delta, a last one without choices, content as a list of
parts, an end that is only the end of the connection, one JSON body where a stream was asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from inference_worker.backends.base import BackendError, Piece
from inference_worker.wire.messages import FailureCode, Finish

DONE = "[DONE]"
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""Not what `str.splitlines` takes for a line's end: JSON may hold those as they are. A CR at the
end of what has come so far may be half of CR LF."""
_IGNORED = re.compile("(?:event|id|retry)?:")
_MOST_LINE = 2_000_000
"""Bytes of one message; a whole answer has some thousands."""

_LENGTH = frozenset({"length", "max_tokens", "max_length", "max_output_tokens", "model_length"})
_DECLINED = frozenset(
    {"content_filter", "content_filtered", "safety", "refusal", "blocklist", "prohibited_content"}
)
_BROKEN = frozenset({"error", "abort", "aborted", "cancelled"})
"""All other reasons to finish (`stop`, `eos`, `end_turn`, `stop_sequence`, ...) are an end."""

_STATUS_CODES: dict[int, FailureCode] = {
    400: "refused",
    408: "timeout",
    413: "refused",
    422: "refused",
    429: "overloaded",
    451: "refused",
    503: "overloaded",
    529: "overloaded",
}


class EndpointError(Exception):
    """The endpoint says in its answer that it failed; ``code`` says how."""

    def __init__(self, error: Any) -> None:
        super().__init__("an error in the answer")
        self.body = error
        status = error.get("code") if isinstance(error, dict) else None
        self.code = code_of(status)


def code_of(status: Any) -> FailureCode:
    """Return the code of an HTTP status, be it a number or not.

    All that are not listed mean that the model can't be reached as it was registered.
    """
    number = int(status) if str(status).isdecimal() else 0
    return _STATUS_CODES.get(number, "unavailable")


def pieces(id: str, parts: Iterable[bytes]) -> Iterator[Piece]:
    """Yield what an answer adds; the last piece has ``finish``.

    Raises BackendError where the endpoint declines or ends without a word, EndpointError where it
    says that it failed.
    """
    said = False
    for body in _bodies(parts):
        for piece in [Piece(id, "", 0, "stop")] if body == DONE else _pieces_of(id, body):
            said = said or bool(piece.text)
            yield piece
            if piece.finish is not None:
                return
    if not said:
        raise BackendError("unavailable", "the endpoint ended without an answer")
    yield Piece(id, "", 0, "stop")


def _bodies(parts: Iterable[bytes]) -> Iterator[Any]:
    """Yield each message of an event stream, DONE at its end, or the one body in its place."""
    held: list[str] = []
    plain: list[str] = []
    for line in _lines(parts):
        if line.startswith("data:"):
            held.append(line.removeprefix("data:"))
        elif line and not _IGNORED.match(line):
            plain.append(line)
        # Most send one line a message, and some no empty line after it.
        if len(held) == 1 or not line:
            yield from (found := _parsed(held))
            held = [] if found or not line else held
    yield from _parsed(held) + _parsed(plain)


def _lines(parts: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of an event stream, without their ends."""
    rest, first = b"", True
    for part in parts:
        *lines, rest = _LINE_END.split(rest + part)
        if len(rest) > _MOST_LINE:
            raise BackendError("internal", "the endpoint sends a message without end")
        for line in lines:
            yield _text(line.removeprefix(_BOM) if first else line)
            first = False
    for line in rest.removeprefix(_BOM if first else b"").split(b"\r"):
        yield _text(line)


def _text(line: bytes) -> str:
    return line.decode("utf-8", errors="replace")


def _parsed(lines: list[str]) -> list[Any]:
    """Return what a message's lines hold, or DONE; nothing where they are no JSON."""
    text = "\n".join(lines)
    if text.strip() == DONE:
        return [DONE]
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return []


def _pieces_of(id: str, body: Any) -> Iterator[Piece]:
    """Yield a message's pieces; what says nothing that is known has none."""
    for message in body if isinstance(body, list) else [body]:
        if not isinstance(message, dict):
            continue
        if message.get("error"):
            raise EndpointError(message["error"])
        choices = message.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            # Only one was asked for; a server that sends more must not mix two texts.
            if isinstance(choice, dict) and not choice.get("index"):
                yield _piece(id, choice, message.get("usage"))


def _piece(id: str, choice: dict[str, Any], usage: Any) -> Piece:
    """Raise BackendError where the endpoint declines to answer or says that it broke off."""
    delta, whole = choice.get("delta"), choice.get("message")
    said = delta if isinstance(delta, dict) else whole if isinstance(whole, dict) else {}
    reason = choice.get("finish_reason")
    word = str(reason.get("type") if isinstance(reason, dict) else reason or "").lower()
    if word in _DECLINED or said.get("refusal"):
        raise BackendError("refused", "the endpoint declined")
    if word in _BROKEN:
        raise BackendError("unavailable", f"the endpoint broke off: {word}")
    text = _content(said.get("content"))
    finish: Finish | None = None
    if word or said is whole:
        finish = "length" if word in _LENGTH else "stop"
    return Piece(id, text, _tokens(text, usage if said is whole else None), finish)


def _content(value: Any) -> str:
    """Return the text of a message's content: a string, or a list of parts, some of them text."""
    if isinstance(value, str):
        return value
    parts = value if isinstance(value, list) else [value]
    return "".join(part if isinstance(part, str) else _text_of(part) for part in parts)


def _text_of(part: Any) -> str:
    known = isinstance(part, dict) and part.get("type", "text") in {"text", "output_text"}
    text = part.get("text") if known else ""
    return text if isinstance(text, str) else ""


def _tokens(text: str, usage: Any) -> int:
    """Return the tokens of a whole answer as the server counts them; a chunk counts as one."""
    counted = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return counted if isinstance(counted, int) and counted > 0 else int(bool(text))
