"""The text that a voter reads in place of a listing of places."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from inference_worker.grounding.geometry import PlacedShape
from inference_worker.grounding.reading import ReadingBuilder
from inference_worker.wire.texts import writable


@dataclass(slots=True)
class ListingWriter:
    """Writes labels in one line with commas between them, other strings in lines of their own."""

    builder: ReadingBuilder
    said: Literal["", "label", "string"] = ""
    """The kind of what was written last of this listing."""

    def write_places(self, shapes: Iterable[PlacedShape], label: str) -> None:
        """Write the label of an object and place it."""
        self._separate()
        self.builder.add(shapes, self.builder.say_label(label))
        self.said = "label"

    def write_unread(self, raw: str) -> None:
        """Write an object that could not be read, as it is."""
        if raw:
            self._separate()
            self.builder.say_unread(raw)
            self.said = "label"

    def write_strings(self, strings: Iterable[str]) -> None:
        """Write strings of JSON that are no labels."""
        for raw in strings:
            try:
                text = str(json.loads(raw)).strip()
            except ValueError:
                text = raw
            if text:
                self.builder.say(("\n" if self.said else "") + writable(text))
                self.said = "string"

    def _separate(self) -> None:
        self.builder.say({"": "", "label": ", ", "string": "\n"}[self.said])
