"""Answers that are written while they are read, on both kinds of server.

Django would collect the pieces of a plain iterator on an ASGI server, and those of an asynchronous
one on a WSGI server, in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def stream_response(
    request: HttpRequest, pieces: Iterator[bytes], *, content_type: str
) -> StreamingHttpResponse:
    """Return an answer of pieces that are made one after the other while it is sent."""
    content = _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces
    return StreamingHttpResponse(content, content_type=content_type)


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what a blocking iterator makes; each piece is made in the request's own thread."""
    make = sync_to_async(lambda: next(pieces, None))
    while (piece := await make()) is not None:
        if piece:
            yield piece
