"""Florence-2: words, and after them their places as location tokens."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import (
    UnreadablePlace,
    box,
    polygon,
    split_evenly,
)
from inference_worker.grounding.locations import LocationReader, location_mark
from inference_worker.grounding.marks import MarkSyntax
from inference_worker.grounding.reading import (
    LabelledPhrase,
    PhraseCollector,
    PictureSize,
    ReadingBuilder,
    SizeNeed,
)
from inference_worker.wire.detections import DetectionKind

TITLE = "Florence-2"
MODELS = "Florence-2"
KINDS: tuple[DetectionKind, ...] = ("box", "polygon")
MEANING = (
    "`car<loc_52><loc_333><loc_932><loc_774>`: x y x y in 1000 bins, of which the centre counts;"
    " eight bins are the corners of a line of text, and `<poly>…<sep>…</poly>` is an outline"
)
SOURCE = "transformers, `florence2` processor"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "car<loc_52><loc_333><loc_932><loc_774>wheel<loc_708><loc_577><loc_865><loc_772>",
        "car, wheel",
        (
            ExpectedPlace("car", "box", (0.0525, 0.3335, 0.9325, 0.7745)),
            ExpectedPlace("wheel", "box", (0.7085, 0.5775, 0.8655, 0.7725)),
        ),
    ),
    FormatExample(
        "STOP<loc_99><loc_99><loc_299><loc_109><loc_299><loc_209><loc_99><loc_199>"
        "cat<poly><loc_9><loc_9><loc_99><loc_9><loc_99><loc_99></poly>",
        "STOP, cat",
        (
            ExpectedPlace(
                "STOP",
                "polygon",
                (0.0995, 0.0995, 0.2995, 0.1095, 0.2995, 0.2095, 0.0995, 0.1995),
            ),
            ExpectedPlace("cat", "polygon", (0.0095, 0.0095, 0.0995, 0.0095, 0.0995, 0.0995)),
        ),
    ),
)

_LOCATION = location_mark("<loc_")
_OUTLINE, _OUTLINE_END, _OUTLINE_NEXT = map(MarkSyntax, ("<poly>", "</poly>", "<sep>"))
_EMPTY = tuple(map(MarkSyntax, ("<s>", "</s>", "<pad>")))
_BINS = 1000


class _FlorenceReader(LocationReader):
    """The words since the last run are the label of the next one."""

    def __init__(self, builder: ReadingBuilder) -> None:
        super().__init__(builder, _LOCATION, (_OUTLINE, _OUTLINE_END, _OUTLINE_NEXT, *_EMPTY))
        self._words: PhraseCollector | None = None
        self._phrase: LabelledPhrase | None = None
        self._in_outline = False

    def read_words(self, text: str) -> None:
        if self._words is None:
            if self._phrase is not None and text[:1].isalnum():
                self.builder.say(", ")
            self._words, self._phrase = PhraseCollector(self.builder), None
        *_, line = text.rpartition("\n")
        if line != text:
            self._words.say(text.removesuffix(line))
            self._words = PhraseCollector(self.builder)
        self._words.say(line)

    def read_run(self, numbers: list[int], raw: str) -> None:
        if self._words is not None:
            self._phrase, self._words = self._words.phrase(), None
        try:
            groups = [] if self._in_outline else split_evenly(numbers, 4)
            # The corners of a quadrangle go round: one of its halves runs backwards. Two boxes
            # don't.
            goes_round = len(groups) == 2 and not all(a[0] < a[2] and a[1] < a[3] for a in groups)
            if self._in_outline or goes_round:
                shapes = [polygon(_scale, numbers)]
            else:
                shapes = [box(_scale, group) for group in groups]
        except UnreadablePlace:
            self.builder.say_unread(raw)
        else:
            self.builder.add(shapes, self._phrase)

    def read_other(self, syntax: MarkSyntax, raw: str) -> None:
        if syntax in (_OUTLINE, _OUTLINE_END):
            self._in_outline = syntax is _OUTLINE


def _scale(x: float, y: float) -> tuple[float, float]:
    return (x + 0.5) / _BINS, (y + 0.5) / _BINS


def create_reader(pictures: Sequence[PictureSize]) -> LocationReader:
    """Return a reader for one answer."""
    return _FlorenceReader(ReadingBuilder(pictures))
