"""Admission at the entries: a battle without a place is refused before Django makes a request.

Of 150 battles that are asked for at the same moment a few have a place. The others would each take
a thread, a parsed picture and a page from those, and wait for one another. A script is therefore
answered here, in a language that it reads. A form without scripts has its words in its body, and
only the view's page can give them back.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, parse_cookie
from django.utils import translation

from arena.core.errors import Unavailable
from arena.core.web.edge import wants_json
from arena.gates.services import WaitingPlace, place_ahead, refuse_if_full

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Queues = Callable[[], Collection[str]]
Counted = Callable[[int, float], None]
"""A callback with the status and the seconds of each response that is given here."""

PIECE_BYTES = 64 * 1024


class AsgiAdmission:
    """A wrapper around an ASGI application that takes a place for a POST when its body is whole.

    Places are asked for one after the other by one thread, so that whoever comes after a refusal is
    refused without a question. No more battles are let in at once than pictures are decoded: more
    would only take turns with the event loop.
    """

    def __init__(self, application: Asgi, *, path: str, queues: Queues, counted: Counted) -> None:
        self.application, self.path, self.counted = application, path, counted
        self._queues = lru_cache(maxsize=1)(lambda _second: queues())
        self._asking = ThreadPoolExecutor(1, "admission")
        self._starts = asyncio.Semaphore(settings.UPLOAD_DECODERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or scope["path"] != self.path:
            await self.application(scope, receive, send)
            return
        began = time.perf_counter()
        with place_ahead() as place:
            start = _BattleStart(self, place, scope, receive, send)
            try:
                await start.run()
            finally:
                await start.end()
        if start.refusal:
            refused, asked = start.refusal, start.headers
            languages = asked.get(b"accept-language", ""), asked.get(b"cookie", "")
            said, body = _refusal(refused, *languages)
            headers = [(name.encode(), value.encode()) for name, value in said]
            answer = {"type": "http.response.start", "status": refused.status, "headers": headers}
            await send(answer)
            await send({"type": "http.response.body", "body": body})
            self.counted(start.refusal.status, time.perf_counter() - began)

    async def ask(self, place: WaitingPlace) -> None:
        """Take the place. Raises NoRoom, and Unavailable without Redis."""
        refuse_if_full()  # else each of a crowd would wake a thread to hear it
        await asyncio.get_running_loop().run_in_executor(self._asking, self._take, place)

    async def give_back(self, place: WaitingPlace) -> None:
        """Free a place that no view has used."""
        if place.name:
            await asyncio.get_running_loop().run_in_executor(self._asking, place.give_back)

    async def enter(self) -> None:
        """Wait until one more battle may be let in."""
        await self._starts.acquire()

    def leave(self) -> None:
        """Let the next one in."""
        self._starts.release()

    def _take(self, place: WaitingPlace) -> None:
        refuse_if_full()
        with suppress(DatabaseError):  # the view has a page for it
            try:
                queues = self._queues(int(time.monotonic()))
            finally:
                close_old_connections()
            place.take(queues)


class _BattleStart:
    """A request for a battle."""

    def __init__(
        self, entry: AsgiAdmission, place: WaitingPlace, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._entry, self._place, self._scope = entry, place, scope
        self._receive, self._send = receive, send
        self.headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self._by_script = wants_json(self.headers.get(b"accept", ""))
        self._whole = self._inside = False
        self.refusal: Unavailable | None = None

    async def run(self) -> None:
        """Let the application answer, or find that there is no room."""
        try:
            if self._by_script:
                refuse_if_full()
        except Unavailable as refused:
            # A client must have sent its body before it listens: it is read away to its end.
            while (message := await self._receive())["type"] == "http.request":
                if not message.get("more_body", False):
                    self.refusal = refused
                    break
        else:
            await self._entry.application(self._scope, self.receive, self.send)

    async def end(self) -> None:
        """Give back what the view has not."""
        if self._inside:
            self._entry.leave()
        await self._entry.give_back(self._place)

    async def receive(self) -> Message:
        """Return what comes of the body; at its end take the place. Where that is refused, the
        application hears that the visitor has gone.
        """
        message = await self._receive()
        if self._whole or message["type"] != "http.request" or message.get("more_body", False):
            return message
        self._whole = True
        try:
            if self._by_script:
                await self._entry.ask(self._place)
        except Unavailable as refused:
            self.refusal = refused
            return {"type": "http.disconnect"}
        await self._entry.enter()
        self._inside = True
        return message

    async def send(self, message: Message) -> None:
        """Pass on what the application says, unless it was refused meanwhile."""
        if self.refusal is None:
            await self._send(message)


class WsgiAdmission:
    """A wrapper around a WSGI application that refuses scripts right after it found no room."""

    def __init__(self, application: Wsgi, *, path: str, counted: Counted) -> None:
        self.application, self.path, self.counted = application, path, counted

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if asked == ("POST", self.path) and wants_json(environ.get("HTTP_ACCEPT", "")):
            try:
                refuse_if_full()
            except Unavailable as refused:
                began = time.perf_counter()
                while environ["wsgi.input"].read(PIECE_BYTES):
                    pass
                languages = environ.get("HTTP_ACCEPT_LANGUAGE", ""), environ.get("HTTP_COOKIE", "")
                headers, body = _refusal(refused, *languages)
                start_response(f"{refused.status} Service Unavailable", headers)
                self.counted(refused.status, time.perf_counter() - began)
                return [body]
        return self.application(environ, start_response)


def _refusal(
    refused: Unavailable, accepted: str, cookie: str
) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the body of a view's answer to a script."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    request.COOKIES = parse_cookie(cookie)
    language = translation.get_language_from_request(request)
    with translation.override(language):
        error = {"code": refused.code, "message": str(refused.message)}
    body = json.dumps({"error": error}).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "content-language": language,
        "retry-after": str(refused.retry_after),
        "cache-control": "no-store",
    }
    return list(headers.items()), body
