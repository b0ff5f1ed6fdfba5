"""Answers that list places as JSON, in a fenced block or bare, with or without text around them.

JSON that holds no place stays as it is, and so does code in any other language. From a list of
places the voter reads the labels, and each string beside them that is no label.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from inference_worker.grounding.geometry import Scale
from inference_worker.grounding.listing_scan import ListingScan
from inference_worker.grounding.listing_text import ListingWriter
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import AnswerReading, ReadingBuilder

_STRIDE = 4096
"""Characters of a long piece that are taken at once, so that cutting them costs nothing much."""

_LONGEST_START = 64
"""Characters in which it shows whether a bracket begins a list of objects or an object."""

_LONGEST_INFO = 40
"""Characters behind the backticks of a fence."""

_FENCE = "```"
_JSON_BLOCKS = {"", "json", "jsonc", "json5"}
_CANDIDATE = re.compile(r"```|[\[{]")
_START = re.compile(r'(?:\[\s*)?\{\s*"')
_PART_OF_START = re.compile(r"(?:\[\s*)?(?:\{\s*)?")
_State = Literal["text", "code", "fence", "block", "opening", "listing", "after"]


@dataclass(slots=True)
class ListingReader:
    """A reader of an answer with places as JSON objects."""

    builder: ReadingBuilder
    syntax: ObjectSyntax
    scale: Scale
    _state: _State = "text"
    _held: str = ""
    _lead: str = ""
    """The text before a listing, which is returned only if it turns out to be no listing."""
    _listing: ListingScan | None = None
    _hidden_fence: bool = False
    _writer: ListingWriter = field(init=False)
    _steps: dict[_State, Callable[[], bool]] = field(init=False)

    def __post_init__(self) -> None:
        self._writer = ListingWriter(self.builder)
        self._steps = {
            "text": self._read_text,
            "code": self._read_code,
            "fence": self._read_fence,
            "block": self._read_block,
            "opening": self._read_opening,
            "listing": self._read_listing,
            "after": self._read_after,
        }

    def feed(self, piece: str) -> AnswerReading:
        """Return what ``piece`` adds."""
        for at in range(0, len(piece), _STRIDE):
            self.take(piece[at : at + _STRIDE])
        return self.builder.take()

    def finish(self) -> AnswerReading:
        """Return what was held back."""
        self.settle()
        return self.builder.take()

    def take(self, text: str) -> None:
        """Take text in, of at most a few thousand characters."""
        self._held += text
        while self._held and self._steps[self._state]():
            pass

    def settle(self) -> None:
        """Say what is held back, as at the end of the answer."""
        if self._listing is not None and self._listing.accepted:
            self._listing.finish()
        elif self._listing is not None:
            self._release(self._listing.held)
        elif self._state != "after":
            self.builder.say(self._lead + self._held)
        self._state, self._held, self._lead, self._hidden_fence = "text", "", "", False
        self._listing = None

    # Each of these takes something off what is held, or returns False until there is more.

    def _read_text(self) -> bool:
        found = _CANDIDATE.search(self._held)
        if found is None:
            return self._say_but_backticks()
        self.builder.say(self._cut(found.start()))
        if found[0] != _FENCE:
            self._state = "opening"
        elif self._hidden_fence:
            self._cut(3)
            self._hidden_fence = False
        else:
            self._state = "fence"
        return True

    def _read_code(self) -> bool:
        at = self._held.find(_FENCE)
        if at < 0:
            return self._say_but_backticks()
        self.builder.say(self._cut(at))
        self._state = "text" if self.builder.at_line_start else "code"
        self.builder.say(self._cut(3))
        return True

    def _read_fence(self) -> bool:
        end = self._held.find("\n", 3, 3 + _LONGEST_INFO)
        if end < 0 and len(self._held) < 3 + _LONGEST_INFO:
            return False
        if end >= 0 and self._held[3:end].strip().lower() in _JSON_BLOCKS:
            self._lead, self._state = self._cut(end + 1), "block"
        else:
            info = self._held[3 : end if end >= 0 else 3 + _LONGEST_INFO]
            self._state = "code" if self.builder.at_line_start and "`" not in info else "text"
            self.builder.say(self._cut(3))
        return True

    def _read_block(self) -> bool:
        """Read what comes first in a block that may hold a listing."""
        blank = len(self._held) - len(self._held.lstrip())
        if blank == len(self._held) and blank < _LONGEST_START:
            return False
        if blank < _LONGEST_START and self._held[blank] in "[{":
            self._lead, self._state = self._lead + self._cut(blank), "opening"
        else:
            self._give_up_lead()
        return True

    def _read_after(self) -> bool:
        """Read what follows a listing within its fence: the fence, or one more listing."""
        blank = len(self._held) - len(self._held.lstrip(" \t\r\n,"))
        rest = self._held[blank : blank + 3]
        if blank < _LONGEST_START and rest != _FENCE and _FENCE.startswith(rest):
            return False
        if blank < _LONGEST_START and rest == _FENCE:
            self._cut(blank + 3)
            self._hidden_fence = False
        elif blank < _LONGEST_START and rest[0] in "[{":
            self._lead, self._state = self._cut(blank), "opening"
            return True
        self._state, self._writer.said = "text", ""
        return True

    def _read_opening(self) -> bool:
        """Start to read a listing if the bracket begins one."""
        head = self._held[:_LONGEST_START]
        if _START.match(head):
            self._state = "listing"
            self._listing = ListingScan(self.syntax, self.scale, self._writer, self._accept)
            return True
        if len(head) < _LONGEST_START and _PART_OF_START.fullmatch(head):
            return False
        self._give_up_lead()
        if self._state == "text":
            self.builder.say(self._cut(1))
        return True

    def _read_listing(self) -> bool:
        listing = self._listing
        if listing is None or not listing.feed(self._cut(len(self._held))):
            return False
        self._listing, self._held = None, listing.held
        if not listing.accepted:
            self._release(self._cut(listing.length))
        else:
            self._state = "after" if self._hidden_fence else "text"
            self._writer.said = self._writer.said if self._hidden_fence else ""
        return True

    def _accept(self) -> None:
        """Leave out the fence before a listing, and what stands between two of them."""
        if self._lead.startswith(_FENCE):
            self._hidden_fence = True
        self._lead = ""

    def _release(self, text: str) -> None:
        """Say what turned out to be no listing."""
        self._give_up_lead()
        if any(f'"{key}"' in text for key in self.syntax.keys):
            self.builder.say_unread(text)
        else:
            self.builder.say(text)

    def _give_up_lead(self) -> None:
        """Say what stands before what turned out to be no listing."""
        lead, self._lead = self._lead, ""
        is_fence = lead.startswith(_FENCE) and self.builder.at_line_start
        self._state = "code" if is_fence else "text"
        self._writer.said = ""
        self.builder.say(lead)

    def _say_but_backticks(self) -> bool:
        """Say all that can't be the beginning of a fence."""
        length = len(self._held)
        self.builder.say(self._cut(length - (length - len(self._held.rstrip("`"))) % 3))
        return False

    def _cut(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        return text
