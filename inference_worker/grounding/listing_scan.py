"""Read a list or object of JSON while it is streamed, and the places in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from inference_worker.grounding.geometry import Scale, UnreadablePlace
from inference_worker.grounding.listing_text import ListingWriter
from inference_worker.grounding.objects import ObjectSyntax

MOST_HELD = 32_768
"""Characters that are held back before a place is found in them, or between two places."""

MOST_DEPTH = 12
"""Objects and lists within one another."""

_STRUCTURE = re.compile(r'[\[\]{}":,]')
_STRING_STOP = re.compile(r'["\\]')
_CLOSES = {"}": "{", "]": "["}


@dataclass(slots=True)
class _OpenContainer:
    """An object or a list that is not closed yet."""

    bracket: str
    start: int
    """Index of its bracket in what is held."""
    strings: list[str] = field(default_factory=list)
    """The strings in it that are no keys, as they are written."""
    holds_place: bool = False


@dataclass(slots=True)
class ListingScan:
    """Writes each object with a place as soon as it is closed.

    Until the first one the whole text is held; from then on only what may have to be said, which
    is one object at most.
    """

    syntax: ObjectSyntax
    scale: Scale
    writer: ListingWriter
    accept: Callable[[], None]
    """Called before anything of the listing is written."""
    held: str = ""
    """After the end: the text behind the listing; that of the listing, too, if it was none."""
    accepted: bool = False
    """A place was found, or a mark of one."""
    length: int = 0
    """After the end of what was no listing: how much of what is held was looked through."""
    _at: int = 0
    """The position up to which the held text is scanned."""
    _open: list[_OpenContainer] = field(default_factory=list)
    _in_string: int = -1
    """Index of the quotation mark that opened the string; -1 outside of strings."""
    _before: str = ""
    """The last character of structure, by which a key is told from a value."""
    _over: bool = False

    def feed(self, text: str) -> bool:
        """Take text in, and return true at the end of the listing."""
        self.held += text
        while not self._over:
            start = self._hold_start()
            limit = start + MOST_HELD
            pattern = _STRUCTURE if self._in_string < 0 else _STRING_STOP
            found = pattern.search(self.held, self._at, limit)
            if found is not None:
                self._at = found.end()
                self._take_structure(found[0])
            elif len(self.held) > limit:
                self._break_off(limit)
            elif start >= len(self.held):  # structure alone, of which nothing has to be said
                self._cut(len(self.held))
                break
            else:
                self._at = max(self._at, len(self.held))
                break
        return self._over

    def finish(self) -> None:
        """Write what is held of an accepted listing that never ended."""
        if self.accepted:
            self.writer.write_unread(self.held[self._hold_start() :])

    def _take_structure(self, character: str) -> None:
        if character == "\\":
            self._at += 1
        elif character == '"' and self._in_string < 0:
            self._in_string = self._at - 1
        elif character in "]}":
            self._close(character)
        else:
            if character == '"':
                raw, self._in_string = self.held[self._in_string : self._at], -1
                inside = self._open[-1]
                if inside.bracket == "[" or self._before == ":":
                    self._take_strings([raw], inside)
            elif character in "[{":
                self._open.append(_OpenContainer(character, self._at - 1))
            self._before = character
            if len(self._open) > MOST_DEPTH:
                self._break_off(self._at)

    def _close(self, character: str) -> None:
        self._before = character
        if self._open[-1].bracket != _CLOSES[character]:
            self._break_off(self._at)
            return
        inside = self._open.pop()
        is_written = inside.holds_place
        if character == "}" and not is_written:
            raw = self.held[inside.start : self._at]
            try:
                found = self.syntax.read(raw, self.scale)
            except UnreadablePlace:
                self._accept()
                self.writer.write_unread(raw)
                is_written = True
            else:
                if is_written := found is not None:
                    self._accept()
                    self.writer.write_places(*found)
        if not is_written:
            self._take_strings(inside.strings, self._open[-1] if self._open else None)
        if not self._open:
            self._end(self._at)

    def _accept(self) -> None:
        """Take what is held for a listing: only the strings in it remain of it."""
        if not self.accepted:
            self.accept()
        self.accepted = True
        for container in self._open:
            container.holds_place = True
            self.writer.write_strings(container.strings)
            container.strings = []
        self._cut(self._at)

    def _take_strings(self, strings: list[str], inside: _OpenContainer | None) -> None:
        """Write strings of a container that holds a place; remember those of another one."""
        if inside is not None and not inside.holds_place:
            inside.strings += strings
        elif self.accepted:
            self.writer.write_strings(strings)

    def _break_off(self, length: int) -> None:
        """Take what is held up to ``length`` for no part of a listing."""
        if self.accepted:
            self.writer.write_unread(self.held[self._hold_start() : length])
        self._end(length)

    def _end(self, length: int) -> None:
        self._over, self.length = True, length
        if self.accepted:
            self._cut(length)

    def _hold_start(self) -> int:
        """Return where in what is held the part begins that may have to be said."""
        unknown = (one.start for one in self._open if not one.holds_place)
        nothing = self._in_string if self._in_string >= 0 else len(self.held)
        return next(unknown, nothing)

    def _cut(self, length: int) -> None:
        self.held, self._at = self.held[length:], 0
