"""Reads the places in pictures that a model writes into its answer.

Each family of models writes them in a way of its own, and one key has five meanings; so a model
version declares its format, and nothing here guesses. There is one file per format in ``formats``,
found by its name; the name is the key that a model version stores.

A ``GroundingReader`` reads one answer as it streams: it returns the text without the marks and, as
soon as a mark is closed, what the mark points at. Nothing here knows torch, Redis or Django.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from typing import Protocol, cast

from inference_worker.grounding import formats
from inference_worker.grounding.examples import FormatExample
from inference_worker.grounding.reading import GroundingReader, PictureSize, SizeNeed
from inference_worker.wire.detections import DetectionKind


class UnknownFormat(LookupError):
    """There is no file of that name in ``formats``."""


class GroundingFormat(Protocol):
    """The names that each file in ``formats`` defines."""

    TITLE: str
    """The name of the format for people."""
    MODELS: str
    """The models that write it."""
    KINDS: tuple[DetectionKind, ...]
    """The kinds of places that it can express."""
    MEANING: str
    """The marks and the meaning of their numbers, in a sentence without a full stop."""
    SOURCE: str
    """The place where that can be looked up."""
    SIZE: SizeNeed
    """The size of the picture that the numbers refer to, where they are pixels."""
    EXAMPLES: tuple[FormatExample, ...]
    """Answers with the text and the places to expect; at least one, and one for each kind."""

    def create_reader(self, pictures: Sequence[PictureSize]) -> GroundingReader:
        """Return a reader for one answer about ``pictures``."""
        ...


def available() -> tuple[str, ...]:
    """Return the keys of all formats, sorted, without importing any."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(formats.__path__)))


def load(name: str) -> GroundingFormat:
    """Return the format of that name. Raises UnknownFormat, which lists those that exist."""
    if name not in available():
        raise UnknownFormat(f"no format {name!r}; there are: {', '.join(available())}")
    return cast(GroundingFormat, importlib.import_module(f"{formats.__name__}.{name}"))


def create_reader(name: str, pictures: Sequence[PictureSize]) -> GroundingReader:
    """Return a reader of format ``name`` for one answer about ``pictures``, in the voter's order.

    The sizes are those that the format's SIZE asks for; they matter to no other format. Raises
    UnknownFormat, and ValueError where there is no picture.
    """
    if not pictures:
        raise ValueError("an answer that points needs a picture to point into")
    return load(name).create_reader(pictures)
