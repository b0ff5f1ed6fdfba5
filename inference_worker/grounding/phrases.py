"""Answers in which a marked phrase goes before its marked places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from inference_worker.grounding.geometry import PlacedShape, UnreadablePlace
from inference_worker.grounding.marks import MarkReader, MarkSyntax
from inference_worker.grounding.reading import LabelledPhrase, PhraseCollector, ReadingBuilder

NUMBERS = r"[\d\s.,;()\[\]-]"
"""The characters that may stand in a mark of coordinates."""

BodyReader = Callable[[str], list[PlacedShape]]
"""A function from the body of a mark to its places; raises UnreadablePlace."""


def phrase_marks(
    phrase: tuple[str, str],
    places: dict[tuple[str, str], BodyReader],
    dropped: tuple[str, ...] = (),
) -> Callable[[ReadingBuilder], PhraseReader]:
    """Return a maker of readers, by the opening and closing of a phrase and of each kind of place,
    and the marks that mean nothing to a voter."""
    bodies = {opening: reader for (opening, _), reader in places.items()}
    syntaxes = [
        *(MarkSyntax(mark) for mark in (*phrase, *dropped)),
        *(MarkSyntax(opening, closing, NUMBERS) for opening, closing in places),
    ]
    return lambda builder: PhraseReader(builder, syntaxes, phrase, bodies)


class PhraseReader(MarkReader):
    """A place belongs to the phrase that was closed last, unless words stand in between."""

    def __init__(
        self,
        builder: ReadingBuilder,
        syntaxes: Sequence[MarkSyntax],
        phrase: tuple[str, str],
        bodies: Mapping[str, BodyReader],
    ) -> None:
        """``phrase`` has the marks around a phrase; ``bodies`` the reader of each opening of a
        mark of places. Further syntaxes are dropped."""
        super().__init__(builder, syntaxes)
        self._ends = phrase
        self._bodies = bodies
        self._open: PhraseCollector | None = None
        self._phrase: LabelledPhrase | None = None

    def read_text(self, text: str) -> None:
        if text.strip():
            self._phrase = None
        (self._open or self.builder).say(text)

    def read_mark(self, syntax: MarkSyntax, body: str, raw: str) -> None:
        if syntax.opening == self._ends[0]:
            self._open, self._phrase = PhraseCollector(self.builder), None
        elif syntax.opening == self._ends[1]:
            if self._open is None:
                self.read_broken(raw)
            else:
                self._phrase, self._open = self._open.phrase(), None
        elif syntax.opening in self._bodies:
            self.read_places(self._bodies[syntax.opening], body, raw)

    def read_places(self, read: BodyReader, body: str, raw: str) -> None:
        """Take a mark of places in."""
        try:
            shapes = read(body)
        except UnreadablePlace:
            self.read_broken(raw)
        else:
            self.builder.add(shapes, self._phrase)
