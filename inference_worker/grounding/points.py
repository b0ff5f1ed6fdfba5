"""Answers with elements such as ``<point x="44.6" y="13.8">label</point>``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inference_worker.grounding.geometry import PlacedShape, UnreadablePlace
from inference_worker.grounding.marks import MarkReader, MarkSyntax
from inference_worker.grounding.reading import PhraseCollector, ReadingBuilder

_ATTRIBUTE = re.compile(r'(\w{1,20})\s{0,9}=\s{0,9}"([^"]*)"')
_TAG = r"[^<>\n]"
_OPENINGS = (MarkSyntax("<point ", ">", _TAG), MarkSyntax("<points ", ">", _TAG))
_CLOSINGS = (MarkSyntax("</point>"), MarkSyntax("</points>"))

AttributeReader = Callable[[Mapping[str, str]], list[PlacedShape]]
"""A function from the attributes of an element to its places; raises UnreadablePlace."""


@dataclass(slots=True)
class _OpenElement:
    """An element whose content is being read."""

    shapes: list[PlacedShape]
    alternative: str
    """The words to show where the content has none."""
    content: PhraseCollector


class PointReader(MarkReader):
    """The content of an element is its phrase; one that is never closed ends with the answer."""

    def __init__(self, builder: ReadingBuilder, read_attributes: AttributeReader) -> None:
        super().__init__(builder, (*_OPENINGS, *_CLOSINGS))
        self._read_attributes = read_attributes
        self._open: _OpenElement | None = None

    def read_text(self, text: str) -> None:
        (self._open.content if self._open else self.builder).say(text)

    def read_mark(self, syntax: MarkSyntax, body: str, raw: str) -> None:
        if syntax in _OPENINGS:
            self._close()
            attributes = dict(_ATTRIBUTE.findall(body))
            try:
                shapes = self._read_attributes(attributes)
            except UnreadablePlace:
                self.read_broken(raw)
                return
            alternative = attributes.get("alt", "")
            self._open = _OpenElement(shapes, alternative, PhraseCollector(self.builder))
            if body.rstrip().endswith("/"):
                self._close()
        elif self._open is None:
            self.read_broken(raw)
        else:
            self._close()

    def read_end(self) -> None:
        self._close()

    def _close(self) -> None:
        element, self._open = self._open, None
        if element is not None:
            phrase = element.content.phrase()
            if not phrase.label and element.alternative:
                phrase = self.builder.say_label(element.alternative)
            self.builder.add(element.shapes, phrase)
