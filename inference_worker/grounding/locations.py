"""Answers that write places as a run of location tokens, such as ``<loc_52><loc_333>``."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.marks import MarkReader, MarkSyntax
from inference_worker.grounding.reading import ReadingBuilder

MOST_TOKENS = 4096
"""Tokens of one run; what follows is the next one."""


def location_mark(opening: str) -> MarkSyntax:
    """Return the syntax of a token that carries one number, from ``opening`` to ``>``."""
    return MarkSyntax(opening, ">", r"\d")


class LocationReader(MarkReader):
    """Collects runs of location tokens; a run ends with whatever is none."""

    def __init__(
        self,
        builder: ReadingBuilder,
        location: MarkSyntax,
        others: Sequence[MarkSyntax],
        ignored: MarkSyntax | None = None,
    ) -> None:
        """``ignored`` are tokens that may follow in a run and are not drawn."""
        super().__init__(builder, [location, *others, *filter(None, [ignored])])
        self._location = location
        self._ignored = ignored
        self._numbers: list[int] = []
        self._raw: list[str] = []

    def read_run(self, numbers: list[int], raw: str) -> None:
        """Take a run in that is complete."""
        raise NotImplementedError

    def read_words(self, text: str) -> None:
        """Take text in that stands between runs."""
        raise NotImplementedError

    def read_other(self, syntax: MarkSyntax, raw: str) -> None:
        """Take a mark in that is no location."""
        raise NotImplementedError

    def read_text(self, text: str) -> None:
        self._end_run()
        self.read_words(text)

    def read_broken(self, raw: str) -> None:
        self._end_run()
        self.builder.say_unread(raw)

    def read_mark(self, syntax: MarkSyntax, body: str, raw: str) -> None:
        if syntax is self._location and 0 < len(body) < 9:
            self._numbers.append(int(body))
            self._raw.append(raw)
        elif syntax is self._ignored:
            self._raw.append(raw)
        elif syntax is self._location:
            (self.read_broken if body else self.read_text)(raw)
        else:
            self._end_run()
            self.read_other(syntax, raw)
        if len(self._raw) >= MOST_TOKENS:
            self._end_run()

    def read_end(self) -> None:
        self._end_run()

    def _end_run(self) -> None:
        numbers, raw = self._numbers, self._raw
        self._numbers, self._raw = [], []
        if raw:
            self.read_run(numbers, "".join(raw))
