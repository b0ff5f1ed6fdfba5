"""Telling a model's reasoning from its answer where both come as one text.

A trace stands at the start of an answer, between two marks, or from the start to a closing mark
where the model's template has written the opening one.
"""

from __future__ import annotations

from collections.abc import Iterator

Marks = tuple[str, str]

KNOWN_MARKS: tuple[Marks, ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
)
"""Openings that no answer begins with for another reason, and what ends each of them."""

Part = tuple[bool, str]
"""A flag that says whether it is reasoning, and its text."""


class ReasoningSplitter:
    """Splits one answer as it comes in, in pieces of any size."""

    def __init__(self, marks: Marks | None = None, *, inside: bool = False) -> None:
        """Look for these marks instead of the known ones; ``inside``: the trace begins at once."""
        self._marks = (marks,) if marks else KNOWN_MARKS
        self._open: Marks | None = self._marks[0] if inside else None
        self._at_start = True
        """True while no word of the answer has arrived, so that a trace may begin."""
        self._may_reopen = inside
        """The template has opened the trace, and the model may do so once more."""
        self._had_trace = False
        self._held = ""

    @property
    def is_inside(self) -> bool:
        """Return whether what comes next belongs to the trace, as far as anybody knows."""
        return self._open is not None

    def feed(self, text: str) -> Iterator[Part]:
        """Yield what is certain by now; an end that may still become a mark is held back."""
        self._held += text
        while self._held:
            before = self._held
            yield from self._inside(self._open) if self._open else self._outside()
            if self._held == before or not self._at_start:
                break

    def close(self) -> Iterator[Part]:
        """Yield what was held back, at the end of the answer."""
        if self._held:
            yield bool(self._open), self._held
        self._held = ""

    def _inside(self, marks: Marks) -> Iterator[Part]:
        opening, closing = marks
        if self._may_reopen and opening.startswith(self._held):
            return
        if self._may_reopen:
            self._held, self._may_reopen = self._held.removeprefix(opening), False
        self._had_trace = True
        trace, mark, rest = self._held.partition(closing)
        if mark:
            self._open, self._held = None, rest
        else:
            sizes = range(min(len(trace), len(closing) - 1), 0, -1)
            overlap = next((size for size in sizes if trace.endswith(closing[:size])), 0)
            size = len(trace) - overlap
            trace, self._held = trace[:size], trace[size:]
        if trace:
            yield True, trace

    def _outside(self) -> Iterator[Part]:
        if not self._at_start:
            text, self._held = self._held, ""
            yield False, text
            return
        begun = self._held.lstrip()
        for marks in self._marks:
            if begun.startswith(marks[0]):
                self._open, self._held = marks, begun.removeprefix(marks[0])
                return
        if any(opening.startswith(begun) for opening, _ in self._marks):
            return
        self._at_start = False
        text, self._held = begun if self._had_trace else self._held, ""
        yield False, text


def closing_mark_in(text: str) -> Marks | None:
    """Return the known marks of which ``text`` has the closing one, and not the opening one."""
    found = (marks for marks in KNOWN_MARKS if marks[1] in text and marks[0] not in text)
    return next(found, None)
