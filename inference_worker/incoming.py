"""The text of an answer as a backend brings it, and what a voter may read of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from inference_worker.grounding.reading import AnswerReading, GroundingReader, PictureSize
from inference_worker.wire.texts import writable


class IncomingText:
    """Joins the halves of characters, and takes the marks of places out.

    A JSON text writes a character beyond U+FFFF as two halves, and an endpoint that cuts its text
    by such units puts them into two chunks.
    """

    def __init__(self) -> None:
        self._half = ""
        """The first half of a surrogate pair, until the second one comes."""
        self._reader: GroundingReader | None = None
        self._keeps_places = False
        self._create: Callable[[Sequence[PictureSize]], GroundingReader] | None = None
        self._pictures = 0

    def point(self, reader: GroundingReader, *, keep: bool) -> None:
        """Read places out of the answer from now on; its text has none of their marks. ``keep`` is
        False where nobody knows what their numbers mean."""
        self._reader, self._keeps_places = reader, keep

    def await_sizes(
        self, create: Callable[[Sequence[PictureSize]], GroundingReader], *, pictures: int
    ) -> None:
        """Let ``create`` make another reader once the model says in which sizes it sees the last
        pictures of the conversation, of which there are ``pictures``."""
        self._create, self._pictures = create, pictures

    def see(self, sizes: Sequence[tuple[int, int]]) -> None:
        """Take the sizes in which the model sees all pictures of the conversation; to be called
        before its first text."""
        create, self._create = self._create, None
        if create is not None and len(sizes) >= self._pictures:
            seen = [PictureSize(*size) for size in sizes[-self._pictures :]]
            self.point(create(seen), keep=True)

    def feed(self, text: str) -> AnswerReading:
        """Return what ``text`` adds for a reader, and the places that it names."""
        text = self._half + text.replace("\0", "")
        self._half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        return self._read(writable(text[:-1] if self._half else text))

    def rest(self) -> AnswerReading:
        """Return what was held back: nothing follows that could change it. Later calls return
        nothing."""
        half, self._half = self._half, ""
        reading, reader = self._read(writable(half)), self._reader
        self._reader = None
        return reading + self._drawable(reader.finish()) if reader else reading

    def _read(self, text: str) -> AnswerReading:
        return self._drawable(self._reader.feed(text)) if self._reader else AnswerReading(text)

    def _drawable(self, reading: AnswerReading) -> AnswerReading:
        return reading if self._keeps_places else replace(reading, detections=())
