"""KOSMOS-2: phrases with cells of a grid of 32 by 32."""

from __future__ import annotations

from collections.abc import Sequence

from inference_worker.grounding.examples import ExpectedPlace, FormatExample
from inference_worker.grounding.geometry import PlacedShape, UnreadablePlace, box, divide_by
from inference_worker.grounding.locations import location_mark
from inference_worker.grounding.marks import MarkSyntax
from inference_worker.grounding.phrases import PhraseReader
from inference_worker.grounding.reading import PictureSize, ReadingBuilder, SizeNeed
from inference_worker.wire.detections import DetectionKind

TITLE = "KOSMOS-2"
MODELS = "KOSMOS-2"
KINDS: tuple[DetectionKind, ...] = ("box",)
MEANING = (
    "`<phrase>a cat</phrase><object><patch_index_0044><patch_index_0863></object>`:"
    " the first and the last cell of a grid of 32 by 32; a box goes from centre to centre, and from"
    " edge to edge where both lie in one row or column"
)
SOURCE = "transformers, `kosmos2` processor"
SIZE: SizeNeed = "none"
EXAMPLES = (
    FormatExample(
        "<grounding> An image of<phrase> a snowman</phrase><object><patch_index_0044>"
        "<patch_index_0863></object> warming himself by<phrase> a fire</phrase><object>"
        "<patch_index_0005><patch_index_0911></object>.",
        "An image of a snowman warming himself by a fire.",
        (
            ExpectedPlace("a snowman", "box", (0.390625, 0.046875, 0.984375, 0.828125)),
            ExpectedPlace("a fire", "box", (0.171875, 0.015625, 0.484375, 0.890625)),
        ),
    ),
    FormatExample(
        "<phrase>two birds</phrase><object><patch_index_0000><patch_index_0003>"
        "</delimiter_of_multi_objects/><patch_index_0034><patch_index_0034></object>",
        "two birds",
        (
            ExpectedPlace("two birds", "box", (0.0, 0.0, 0.125, 0.03125)),
            ExpectedPlace("two birds", "box", (0.0625, 0.03125, 0.09375, 0.0625)),
        ),
    ),
)

_SIDE = 32
_PHRASE = ("<phrase>", "</phrase>")
_INTRODUCTION, _OBJECT, _DELIMITER, _OBJECT_END = (
    MarkSyntax(mark)
    for mark in ("<grounding>", "<object>", "</delimiter_of_multi_objects/>", "</object>")
)
_PATCH = location_mark("<patch_index_")
_SYNTAXES = (
    *(MarkSyntax(mark) for mark in _PHRASE),
    *(_INTRODUCTION, _OBJECT, _DELIMITER, _OBJECT_END, _PATCH),
)
_MOST_MARKS = 512
"""Marks of one object."""


class _KosmosReader(PhraseReader):
    """Collects the cells between the ends of an object."""

    def __init__(self, builder: ReadingBuilder) -> None:
        super().__init__(builder, _SYNTAXES, _PHRASE, {})
        self._cells: list[int] = []
        self._raw: list[str] = []
        self._introduced = False

    def read_text(self, text: str) -> None:
        self._flush()
        words = text.lstrip() if self._introduced else text
        self._introduced = self._introduced and not words
        super().read_text(words)

    def read_broken(self, raw: str) -> None:
        self._flush()
        super().read_broken(raw)

    def read_mark(self, syntax: MarkSyntax, body: str, raw: str) -> None:
        if syntax is _INTRODUCTION:
            self._introduced = True
        elif syntax.opening in _PHRASE:
            self._flush()
            super().read_mark(syntax, body, raw)
        else:
            if syntax is _OBJECT or len(self._raw) > _MOST_MARKS:
                self._flush()
            self._raw.append(raw)
            if syntax is _PATCH:
                self._cells.append(int(body) if 0 < len(body) < 9 else -1)
            elif syntax is _OBJECT_END:
                cells, raws = self._cells, "".join(self._raw)
                self._cells, self._raw = [], []
                self.read_places(lambda _: _boxes(cells), "", raws)

    def read_end(self) -> None:
        self._flush()

    def _flush(self) -> None:
        raws = "".join(self._raw)
        self._cells, self._raw = [], []
        if raws:
            super().read_broken(raws)


def _boxes(cells: Sequence[int]) -> list[PlacedShape]:
    if not cells or len(cells) % 2 or not all(0 <= cell < _SIDE**2 for cell in cells):
        raise UnreadablePlace("no pairs of cells")
    boxes = []
    for first, last in zip(cells[::2], cells[1::2], strict=True):
        (row, column), (last_row, last_column) = divmod(first, _SIDE), divmod(last, _SIDE)
        narrow = row == last_row or column == last_column
        near, far = (0.0, 1.0) if narrow else (0.5, 0.5)
        corners = (column + near, row + near, last_column + far, last_row + far)
        boxes.append(box(divide_by(_SIDE), corners))
    return boxes


def create_reader(pictures: Sequence[PictureSize]) -> PhraseReader:
    """Return a reader for one answer."""
    return _KosmosReader(ReadingBuilder(pictures))
