"""GLM-4.1V to 5V: places between special tokens, or JSON; in 1000 parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import (
    UnreadablePlace,
    divide_by,
    points_or_boxes,
    read_numbers,
)
from inference_worker.grounding.listings import ListingReader
from inference_worker.grounding.marks import MarkScanner, MarkSyntax, MarkToken
from inference_worker.grounding.objects import ObjectSyntax
from inference_worker.grounding.reading import (
    AnswerReading,
    PictureSize,
    ReadingBuilder,
    SizeNeed,
)
from inference_worker.wire.detections import DetectionKind

TITLE = "GLM-V"
MODELS = "GLM-4.1V to GLM-5V"
KINDS: tuple[DetectionKind, ...] = ("box", "point")
MEANING = (
    "`<|begin_of_box|>[[x1,y1,x2,y2]]<|end_of_box|>`, brackets vary, or JSON with `bbox_2d`"
    " (`box_2d` in 5V Turbo): x y x y in 1000 parts; between the same tokens stand final answers,"
    " which are text"
)
SOURCE = "GLM-V README; Roboflow's `zai_detection_parsing`"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "The cat is at <|begin_of_box|>[[100,200,300,400]]<|end_of_box|>.",
        "The cat is at (1).",
        (ExpectedPlace("", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
    FormatExample("There are <|begin_of_box|>42<|end_of_box|> cats.", "There are 42 cats.", ()),
    FormatExample(
        '<|begin_of_box|>[{"bbox_2d": [100, 200, 300, 400], "label": "cat"}]<|end_of_box|>',
        "cat",
        (ExpectedPlace("cat", "box", (0.1, 0.2, 0.3, 0.4)),),
    ),
    FormatExample(
        "<|begin_of_box|>[500, 250]<|end_of_box|>",
        "(1)",
        (ExpectedPlace("", "point", (0.5, 0.25)),),
    ),
)

_SYNTAX = ObjectSyntax(boxes=("bbox_2d", "box_2d"), points=("point_2d",))
_OPENING, _CLOSING = MarkSyntax("<|begin_of_box|>"), MarkSyntax("<|end_of_box|>")
_MOST_NUMBERS = 4096
"""Characters between the tokens in which places are looked for; a longer text is an answer."""
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")

_scale = divide_by(1000)


@dataclass(slots=True)
class _GlmReader:
    """Reads numbers between the tokens as places, and anything else as if they weren't there."""

    listing: ListingReader
    _scanner: MarkScanner = field(default_factory=lambda: MarkScanner((_OPENING, _CLOSING)))
    _inside: list[str] | None = None
    """The text since the opening, as long as it may be numbers."""
    _length: int = 0

    def feed(self, piece: str) -> AnswerReading:
        """Return what ``piece`` adds."""
        for token in self._scanner.feed(piece):
            self._take(token)
        return self.listing.builder.take()

    def finish(self) -> AnswerReading:
        """Return what was held back."""
        for token in self._scanner.finish():
            self._take(token)
        self._pour()
        return self.listing.finish()

    def _take(self, token: MarkToken) -> None:
        if token.kind == "text" and self._inside is not None:
            self._inside.append(token.raw)
            self._length += len(token.raw)
            if self._length > _MOST_NUMBERS:
                self._pour()
        elif token.kind == "text":
            self.listing.take(token.raw)
        elif token.syntax is _OPENING:
            self._pour()
            self._inside, self._length = [], 0
        else:
            try:
                text = "".join(self._inside or ())
                groups = [read_numbers(group) for group in _BRACKETS.findall(text)]
                if not groups or _BRACKETS.sub("", text).strip("[]() ,;\n"):
                    raise UnreadablePlace("no numbers in square brackets")
                shapes = points_or_boxes(_scale, groups)
            except UnreadablePlace:
                self._pour()
            else:
                self.listing.settle()
                self.listing.builder.add(shapes, None)
            self._inside = None

    def _pour(self) -> None:
        """Read what was held back as text, which may be JSON."""
        inside, self._inside = self._inside, None
        for text in inside or ():
            self.listing.take(text)


def create_reader(pictures: Sequence[PictureSize]) -> _GlmReader:
    """Return a reader for one answer; its places are those of the first picture."""
    return _GlmReader(ListingReader(ReadingBuilder(pictures), _SYNTAX, _scale))
