"""Options for a model that runs in a worker, which its version stores as JSON.

A model behind an endpoint has ``EndpointOptions`` instead. Site and worker read both alike.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from inference_worker.wire import endpoint_options, grounding_formats
from inference_worker.wire.endpoint_options import MOST_CHARACTERS, MalformedOptions
from inference_worker.wire.picture_resize import PictureResize

PROMPT, IMAGES = "{prompt}", "{images}"
"""The places of a prompt template: the voter's words, and a mark for each picture."""


class PromptTemplate(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The way in which a model without a chat template wants its question written."""

    text: Annotated[str, Meta(min_length=1, max_length=2_000)]
    """The words around ``{prompt}``, such as "Question: {prompt} Answer:"."""
    image_mark: Annotated[str, Meta(max_length=100)] | None = None
    """Put in place of ``{images}`` once for each picture; None takes the processor's own."""

    def __post_init__(self) -> None:
        """Raise ValueError for a text without the prompt, or with a place twice."""
        if self.text.count(PROMPT) != 1:
            raise ValueError(f"prompt_template: its text needs {PROMPT} exactly once")
        if self.text.count(IMAGES) > 1:
            raise ValueError(f"prompt_template: its text has {IMAGES} more than once")
        if self.image_mark is not None and IMAGES not in self.text:
            raise ValueError(f"prompt_template: an image_mark needs {IMAGES} in the text")

    def filled(self, prompt: str, *, images: int, mark: str) -> str:
        """Return the question; ``mark`` is the processor's own word for a picture."""
        before, _, after = self.text.partition(PROMPT)
        marks = (mark if self.image_mark is None else self.image_mark) * images
        # One part after the other, so that a voter's words are never read as a place.
        return before.replace(IMAGES, marks) + prompt + after.replace(IMAGES, marks)


class ModelOptions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The options, each with what holds where it is left out."""

    prompt_template: PromptTemplate | None = None
    """Takes the place of a chat template; None leaves the question to the folder's own."""
    max_images: Annotated[int, Meta(ge=1, le=100)] | None = None
    """The most pictures of one conversation; None where nobody knows."""
    max_turns: Annotated[int, Meta(ge=1, le=100)] | None = None
    """The most questions of one conversation; None where nobody knows."""
    grounding: str = ""
    """The format in which the model writes places into its answers; empty for none."""
    picture_resize: PictureResize | None = None
    """The size of a picture as the model sees it, for a format that counts its pixels."""

    def __post_init__(self) -> None:
        """Raise ValueError for a format that nobody knows."""
        grounding_formats.checked(self.grounding)

    def to_json(self) -> str:
        """Return the shortest JSON that ``parse`` makes the same options of; empty for none."""
        text = msgspec.json.encode(self, order="sorted").decode()
        return "" if text == "{}" else text


def parse(text: str) -> ModelOptions:
    """Return the options that a JSON text holds; an empty one holds none.

    Raises MalformedOptions.
    """
    if not text.strip():
        return ModelOptions()
    if len(text) > MOST_CHARACTERS:
        raise MalformedOptions(f"more than {MOST_CHARACTERS} characters")
    try:
        return msgspec.json.decode(text, type=ModelOptions)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedOptions(str(error)) from None


def normalised(text: str, *, remote: bool) -> str:
    """Return the shortest JSON of a version's options; ``remote`` says whether it has an endpoint.

    Raises MalformedOptions.
    """
    return (endpoint_options.parse(text) if remote else parse(text)).to_json()


def picture_resize(text: str, *, remote: bool) -> PictureResize | None:
    """Return how a version says that pictures are resized; None where its options don't say it.

    Raises MalformedOptions.
    """
    return (endpoint_options.parse(text) if remote else parse(text)).picture_resize
