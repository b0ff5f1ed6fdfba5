"""Marks that stand between the words, such as ``<box>(1,2),(3,4)</box>``, and how they are found.

The scanner decides by the characters alone and never by where a piece of text ends, so that the
same answer gives the same tokens whole and in pieces. It reads each character once or twice,
whatever the text, and holds back at most MOST_HELD of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from inference_worker.grounding.reading import AnswerReading, ReadingBuilder

MOST_HELD = 16_384
"""Characters of one mark; what goes on for longer is no mark."""

_STRIDE = 4096
"""Characters of a long piece that are taken at once, so that cutting them costs nothing much."""


@dataclass(frozen=True, slots=True)
class MarkSyntax:
    """The form of a mark: what opens it, what may stand in it, and what closes it."""

    opening: str
    closing: str = ""
    """Empty where the opening is the whole mark."""
    body: str = ""
    """A regular expression of one character. It must not match the first one of any closing, nor,
    so that a text is not scanned again and again, the first one of any opening."""
    ambiguous: bool = False
    """The opening stands in usual text, too: without its end it is no broken mark."""


FENCE = MarkSyntax("```", ambiguous=True)


@dataclass(frozen=True, slots=True)
class MarkToken:
    """A part of an answer: text, a whole mark, or a mark that breaks off."""

    kind: Literal["text", "mark", "broken"]
    raw: str
    syntax: MarkSyntax | None = None
    body: str = ""

    @property
    def is_text(self) -> bool:
        """Return whether this says something by itself, and not by pointing."""
        broken_text = self.kind == "broken" and self.syntax is not None and self.syntax.ambiguous
        return self.kind == "text" or broken_text


class MarkScanner:
    """Splits an answer into text and marks. Raises ValueError for openings that can't be told apart
    before the longer one is complete."""

    def __init__(self, syntaxes: Sequence[MarkSyntax]) -> None:
        openings = [syntax.opening for syntax in syntaxes]
        if any(a != b and b.startswith(a) for a in openings for b in openings):
            raise ValueError("an opening is the beginning of another")
        self._syntaxes = {syntax.opening: syntax for syntax in syntaxes}
        self._first = re.compile("|".join({re.escape(one[0]) for one in openings}))
        self._openings = re.compile("|".join(map(re.escape, openings)))
        self._bodies = {syntax.opening: re.compile(f"(?:{syntax.body})*") for syntax in syntaxes}
        self._beginnings = {one[:length] for one in openings for length in range(1, len(one))}
        self._longest = max(map(len, openings)) - 1
        self._held = ""
        self._open: MarkSyntax | None = None
        self._scanned = 0

    def feed(self, piece: str) -> Iterator[MarkToken]:
        """Return the tokens that are complete with ``piece``."""
        if piece and not self._held and not self._first.search(piece):
            yield MarkToken("text", piece)
            return
        for at in range(0, len(piece), _STRIDE):
            self._held += piece[at : at + _STRIDE]
            while token := self._next():
                yield token

    def finish(self) -> Iterator[MarkToken]:
        """Return what was held back at the end of the answer."""
        if self._held:
            syntax = self._open
            yield MarkToken("broken" if syntax else "text", self._cut(len(self._held)), syntax)

    def _next(self) -> MarkToken | None:
        if self._open is None:
            found = self._openings.search(self._held)
            if found:
                text = found.start()
            else:  # how many of the last characters may be the beginning of an opening?
                sizes = range(min(self._longest, len(self._held)), 0, -1)
                begun = next((n for n in sizes if self._held[-n:] in self._beginnings), 0)
                text = len(self._held) - begun
            if text:
                return MarkToken("text", self._cut(text))
            if found is None:
                return None
            self._open, self._scanned = self._syntaxes[found[0]], found.end()
        return self._close(self._open)

    def _close(self, syntax: MarkSyntax) -> MarkToken | None:
        inside = self._bodies[syntax.opening].match(self._held, self._scanned, MOST_HELD)
        end = inside.end() if inside else MOST_HELD
        if end < MOST_HELD and self._held.startswith(syntax.closing, end):
            body = self._held[len(syntax.opening) : end]
            raw = self._cut(end + len(syntax.closing))
            return MarkToken("mark", raw, syntax, body)
        if end < MOST_HELD and syntax.closing.startswith(self._held[end:]):
            self._scanned = end
            return None
        # Of a tag that stops behind its name nothing is lost: it is as likely another tag.
        is_other = syntax.closing == ">" and end == len(syntax.opening)
        return MarkToken("text" if is_other else "broken", self._cut(end), syntax)

    def _cut(self, length: int) -> str:
        raw, self._held, self._open = self._held[:length], self._held[length:], None
        return raw


class MarkReader:
    """A reader of an answer with marks between its words; formats say what each mark does.

    Marks within a fenced block of code are quoted and stay as they are.
    """

    def __init__(self, builder: ReadingBuilder, syntaxes: Sequence[MarkSyntax]) -> None:
        self.builder = builder
        self._scanner = MarkScanner([*syntaxes, FENCE])
        self._code: Literal["", "info", "lines"] = ""

    def feed(self, piece: str) -> AnswerReading:
        """Return what ``piece`` adds."""
        for token in self._scanner.feed(piece):
            self._take(token)
        return self.builder.take()

    def finish(self) -> AnswerReading:
        """Return what was held back."""
        for token in self._scanner.finish():
            self._take(token)
        self.read_end()
        return self.builder.take()

    def read_text(self, text: str) -> None:
        """Take text in that is no mark, in pieces of any length."""
        self.builder.say(text)

    def read_mark(self, syntax: MarkSyntax, body: str, raw: str) -> None:
        """Take a whole mark in."""
        raise NotImplementedError

    def read_broken(self, raw: str) -> None:
        """Take a mark in that breaks off."""
        self.builder.say_unread(raw)

    def read_end(self) -> None:
        """Take the end of the answer in."""

    def _take(self, token: MarkToken) -> None:
        if token.syntax is FENCE:
            if self.builder.at_line_start:
                self._code = "" if self._code else "info"
            elif self._code == "info":
                self._code = ""  # a line such as ```this``` is no fence
            self.read_text(token.raw)
        elif self._code or token.syntax is None or token.is_text:
            if self._code == "info" and "\n" in token.raw:
                self._code = "lines"
            self.read_text(token.raw)
        elif token.kind == "mark":
            self.read_mark(token.syntax, token.body, token.raw)
        else:
            self.read_broken(token.raw)
