"""The body of a chat completion, as evaluators send it: what is taken, and what it asks for."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from arena.evaluation.chat_errors import ChatError
from inference_worker.wire.messages import MOST, MOST_TURNS
from inference_worker.wire.texts import writable

MOST_IMAGES = 16
MOST_CHARACTERS = 100_000
"""The most characters of a conversation; the context of a model may be shorter."""
MOST_STOPS = 4

_DATA = re.compile(r"data:image/[a-z0-9.+-]{1,30};base64,", re.IGNORECASE)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class TextPart(_Part):
    """Words of a message."""

    type: Literal["text"]
    text: str


class ImageAddress(_Part):
    """The picture itself, as a data URI."""

    url: str


class ImagePart(_Part):
    """A picture of a message."""

    type: Literal["image_url"]
    image_url: ImageAddress


Part = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class ChatMessage(_Part):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[Part], Field(max_length=256)] | None = None

    @property
    def text(self) -> str:
        """Return the words of all parts, a line each."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or [] if isinstance(part, TextPart))

    @property
    def images(self) -> list[str]:
        """Return the addresses of the pictures, in their order."""
        parts = self.content if isinstance(self.content, list) else []
        return [part.image_url.url for part in parts if isinstance(part, ImagePart)]


class StreamOptions(_Part):
    """The options of a stream besides the answer."""

    include_usage: bool = False


class ChatRequest(_Part):
    """The fields that mean something here. Others are ignored, as other servers ignore them."""

    model: Annotated[str, Field(min_length=1, max_length=200)]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=4 * MOST_TURNS)]
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    seed: int | None = None
    stop: str | Annotated[list[str], Field(max_length=MOST_STOPS)] | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1

    @property
    def stops(self) -> tuple[str, ...]:
        """Return the texts at which the answer ends."""
        stops = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(stop for stop in stops if stop)

    @property
    def wire_seed(self) -> int | None:
        """Return the seed as the wire carries it: never negative, and within its bounds."""
        return None if self.seed is None else self.seed % (MOST + 1)

    @property
    def most_tokens(self) -> int | None:
        """Return the length that is asked for; the newer name of the field goes first."""
        return self.max_completion_tokens or self.max_tokens


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """A question with its pictures, as bytes that nobody has decoded yet."""

    prompt: str
    images: tuple[bytes, ...]
    answer: str = ""


def read_request(body: bytes) -> ChatRequest:
    """Return the request in ``body``. Raises ChatError, which names the field that is wrong."""
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = f"{where}: {first['msg']}" if where else str(first["msg"])
        raise ChatError(said, param=where or None) from error


def turns_of(request: ChatRequest) -> list[ChatTurn]:
    """Return the conversation as turns, of which the last has no answer yet. Raises ChatError.

    Words of the system stand before the first question; questions without an answer between them
    are one turn.
    """
    if sum(len(message.images) for message in request.messages) > MOST_IMAGES:
        raise ChatError(f"A request has {MOST_IMAGES} pictures at most.", param="messages")
    if sum(len(message.text) for message in request.messages) > MOST_CHARACTERS:
        raise ChatError(f"A request has {MOST_CHARACTERS} characters at most.", param="messages")
    turns: list[ChatTurn] = []
    words: list[str] = []
    images: list[bytes] = []
    for number, message in enumerate(request.messages):
        text = writable(message.text.replace("\0", ""))
        if message.role != "assistant":
            words += [text] if text else []
            images += [_picture(url, f"messages.{number}.content") for url in message.images]
        elif not words and not images:
            raise ChatError("An answer has no question before it.", param=f"messages.{number}")
        else:
            turns.append(ChatTurn("\n".join(words), tuple(images), text))
            words, images = [], []
    if not words and not images:
        raise ChatError("The last message must be a question of the user.", param="messages")
    turns.append(ChatTurn("\n".join(words), tuple(images)))
    if len(turns) > MOST_TURNS + 1:
        raise ChatError(f"A conversation has {MOST_TURNS + 1} turns at most.", param="messages")
    return turns


def _picture(url: str, param: str) -> bytes:
    """Return the bytes of a data URI. No other address is ever opened."""
    head = _DATA.match(url[:80])
    if head is None:
        said = "A picture must come as data:image/...;base64,... and not as an address."
        raise ChatError(said, param=param, code="invalid_image_url")
    try:
        return base64.b64decode(url[head.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        said = "A picture is not in base64."
        raise ChatError(said, param=param, code="invalid_base64") from error
