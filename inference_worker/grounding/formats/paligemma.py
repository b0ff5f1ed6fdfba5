"""PaliGemma 1 and 2: four location tokens, and after them the words."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import (
    PlacedShape,
    UnreadablePlace,
    box,
    divide_by,
    split_evenly,
)
from inference_worker.grounding.locations import LocationReader, location_mark
from inference_worker.grounding.marks import MarkSyntax
from inference_worker.grounding.reading import (
    PhraseCollector,
    PictureSize,
    ReadingBuilder,
    SizeNeed,
)
from inference_worker.wire.detections import DetectionKind

TITLE = "PaliGemma"
MODELS = "PaliGemma 1 and 2"
KINDS: tuple[DetectionKind, ...] = ("box",)
MEANING = (
    "`<loc0256><loc0128><loc0768><loc0512> cat ; …`: **y x y x** in 1024 parts; the `<seg…>` tokens"
    " of a mask are not drawn"
)
SOURCE = "big_vision; supervision"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "<loc0256><loc0128><loc0768><loc0512> cat ; <loc0000><loc0000><loc1023><loc1023> sofa",
        "cat ; sofa",
        (
            ExpectedPlace("cat", "box", (0.125, 0.25, 0.5, 0.75)),
            ExpectedPlace("sofa", "box", (0.0, 0.0, 1023 / 1024, 1023 / 1024)),
        ),
    ),
)

_LOCATION = location_mark("<loc")
_MASK = location_mark("<seg")
_ENDS = (MarkSyntax(";"), MarkSyntax("\n"))
_scale = divide_by(1024)


class _PaliGemmaReader(LocationReader):
    """The words after a run, up to a semicolon or the end of the line, are its label."""

    def __init__(self, builder: ReadingBuilder) -> None:
        super().__init__(builder, _LOCATION, _ENDS, ignored=_MASK)
        self._shapes: list[PlacedShape] = []
        self._words: PhraseCollector | None = None
        self._blank = False
        """Nothing but blanks stood since the run: they are left out."""

    def read_run(self, numbers: list[int], raw: str) -> None:
        self._place()
        try:
            groups = split_evenly(numbers, 4)
            self._shapes = [box(_scale, (x, y, a, b)) for y, x, b, a in groups]
        except UnreadablePlace:
            self.builder.say_unread(raw)
        else:
            self._words, self._blank = PhraseCollector(self.builder), True

    def read_words(self, text: str) -> None:
        words = text.lstrip(" ") if self._blank else text
        self._blank = self._blank and not words
        (self._words or self.builder).say(words)

    def read_other(self, syntax: MarkSyntax, raw: str) -> None:
        self._place()
        self.builder.say(raw)

    def read_end(self) -> None:
        super().read_end()
        self._place()

    def _place(self) -> None:
        words, self._words = self._words, None
        if words is not None:
            self.builder.add(self._shapes, words.phrase())


def create_reader(pictures: Sequence[PictureSize]) -> LocationReader:
    """Return a reader for one answer."""
    return _PaliGemmaReader(ReadingBuilder(pictures))
