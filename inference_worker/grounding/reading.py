"""The result of reading an answer, and the one place that puts it together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from inference_worker.grounding.geometry import PlacedShape
from inference_worker.wire.detections import MOST_LABEL, Detection
from inference_worker.wire.texts import writable

SizeNeed = Literal["none", "sent", "seen"]
"""``none``: the numbers are fractions. ``sent``: pixels of the picture as the model was sent it.
``seen``: pixels of the picture as the model's own processor resized it, which only who ran the
model can say."""

MOST_DETECTIONS = 500
"""Places of one answer that are kept; further ones are counted, and their marks removed."""


@dataclass(frozen=True, slots=True)
class PictureSize:
    """Width and height in pixels. Raises ValueError unless both are positive."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError("a picture has a width and a height of at least one pixel")


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Characters ``start`` to ``end`` of the visible text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AnswerReading:
    """The result of one piece of an answer; the sum of all pieces is that of the answer."""

    text: str = ""
    """The text to append to what the voter reads."""
    detections: tuple[Detection, ...] = ()
    """The places whose marks were closed, in the order of the answer."""
    unread: tuple[TextSpan, ...] = ()
    """The parts of the visible text that are marks which could not be read."""
    omitted: int = 0
    """The number of places beyond MOST_DETECTIONS."""

    def __add__(self, other: AnswerReading) -> AnswerReading:
        return AnswerReading(
            self.text + other.text,
            self.detections + other.detections,
            self.unread + other.unread,
            self.omitted + other.omitted,
        )


class GroundingReader(Protocol):
    """A reader of one answer. The sum of all it returns depends on the whole text alone, and not on
    the pieces that the text came in. It raises nothing, whatever the text."""

    def feed(self, piece: str) -> AnswerReading:
        """Return what ``piece`` adds; what may yet become a mark is held back."""
        ...

    def finish(self) -> AnswerReading:
        """Return what was held back. To be called once, at the end of the answer."""
        ...


def read_whole(reader: GroundingReader, answer: str) -> AnswerReading:
    """Return the reading of an answer that is complete."""
    return reader.feed(answer) + reader.finish()


@dataclass(frozen=True, slots=True)
class LabelledPhrase:
    """The words in the visible text that name a place."""

    start: int
    end: int
    label: str


@dataclass(slots=True)
class ReadingBuilder:
    """Collects text and places, knows the offsets, and hands on what is new."""

    pictures: Sequence[PictureSize]
    length: int = 0
    """Characters of visible text so far."""
    at_line_start: bool = True
    """Tells that nothing but blanks stands in the last line."""
    _last: str = ""
    _found: int = 0
    _text: list[str] = field(default_factory=list)
    _detections: list[Detection] = field(default_factory=list)
    _unread: list[TextSpan] = field(default_factory=list)
    _omitted: int = 0

    def say(self, text: str) -> None:
        """Append visible text to the reading."""
        if not text:
            return
        self._text.append(text)
        self.length += len(text)
        self._last = text[-1]
        *before, line = text.rsplit("\n", 1)
        self.at_line_start = not line.strip(" ") and (bool(before) or self.at_line_start)

    def say_unread(self, raw: str) -> None:
        """Append a mark that could not be read as the text that it is, and note where it stands."""
        if raw:
            self._unread.append(TextSpan(self.length, self.length + len(raw)))
            self.say(raw)

    def say_label(self, text: str) -> LabelledPhrase:
        """Append ``text`` in one line as a phrase, and return it."""
        line = " ".join(writable(text).split())
        start = self.length
        self.say(line)
        return LabelledPhrase(start, self.length, line)

    def add(self, shapes: Iterable[PlacedShape], phrase: LabelledPhrase | None) -> None:
        """Take places in. Each one without a phrase gets a number in the text, as in "(3)"."""
        for shape in shapes:
            self._found += 1
            own = phrase
            if own is None or not own.label:
                if self._last and not self._last.isspace() and self._last not in "(,;":
                    self.say(" ")
                start = self.length
                self.say(f"({self._found})")
                own = LabelledPhrase(start, self.length, "")
            if self._found > MOST_DETECTIONS:
                self._omitted += 1
                continue
            label = phrase.label[:MOST_LABEL] if phrase is not None else ""
            self._detections.append(
                Detection(
                    label,
                    shape.kind,
                    shape.coordinates,
                    shape.picture,
                    start=own.start,
                    end=own.end,
                )
            )

    def take(self) -> AnswerReading:
        """Return all that came since the last time."""
        reading = AnswerReading(
            "".join(self._text), tuple(self._detections), tuple(self._unread), self._omitted
        )
        self._text, self._detections, self._unread, self._omitted = [], [], [], 0
        return reading


class PhraseCollector:
    """Says visible text and remembers it as the phrase that a label is made from."""

    def __init__(self, builder: ReadingBuilder) -> None:
        self._builder = builder
        self._start = self._end = builder.length
        self._text = ""

    def say(self, text: str) -> None:
        """Append visible text to the answer and to the phrase."""
        before = self._builder.length
        self._builder.say(text)
        words = text if self._text else text.lstrip()
        if not self._text:
            self._start = self._end = self._builder.length - len(words)
        if words.strip():
            self._end = before + len(text.rstrip())
        self._text += words[: MOST_LABEL - len(self._text)]

    def phrase(self) -> LabelledPhrase:
        """Return the words since the beginning, without the blanks around them."""
        return LabelledPhrase(self._start, self._end, " ".join(writable(self._text).split()))
