"""A page's side of the battle's socket, through the whole ASGI application."""

from __future__ import annotations

import asyncio
import json

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core import signing

from arena.config.asgi import application
from arena.orchestration import services
from arena.voters.selectors import COOKIE, SALT

DEADLINE = 120.0


def cookie_of(voter):
    return f"{COOKIE}={signing.dumps(str(voter.id), salt=SALT)}"


class Page:
    """One open socket, and what the browser would show after the frames so far."""

    def __init__(self, public_id, cookie="", origin=b"http://localhost"):
        self.public_id = public_id
        headers = [(b"host", b"localhost"), (b"origin", origin), (b"cookie", cookie.encode())]
        path = f"/ws/battles/{public_id}"
        scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b""}
        self.line = ApplicationCommunicator(application, scope)
        self.frames, self.html, self.open = [], {"a": "", "b": ""}, {"a": "", "b": ""}
        self.sides, self.state, self.ahead = {}, None, None

    async def connect(self):
        """Returns the first answer: accepted, or closed before."""
        await self.line.send_input({"type": "websocket.connect"})
        return (await self.line.receive_output(DEADLINE))["type"]

    async def close_code(self):
        """Wait until the server closes."""
        while True:
            message = await self.line.receive_output(DEADLINE)
            if message["type"] == "websocket.close":
                return message.get("code")

    async def until(self, seen):
        """Take frames until the page shows what is asked for."""
        while not seen(self):
            message = await self.line.receive_output(DEADLINE)
            assert message["type"] == "websocket.send", message
            self.take(json.loads(message["text"]))
        return self

    def take(self, frame):
        self.frames.append(frame)
        if frame["type"] == "battle":
            self.state, self.ahead = frame["state"], frame["ahead"]
            return
        side = frame["side"]
        if frame["reset"]:
            self.html[side] = self.open[side] = ""
        if frame["html"]:
            self.html[side], self.open[side] = self.html[side] + frame["html"], ""
        self.open[side] += frame["more"]
        self.sides[side] = frame

    async def leave(self, code=1001):
        await self.line.send_input({"type": "websocket.disconnect", "code": code})
        await self.line.wait(DEADLINE)


async def eventually(true, deadline=DEADLINE):
    """Poll until it is so."""
    async with asyncio.timeout(deadline):
        while not true():  # noqa: ASYNC110  # what is waited for rings no bell
            await asyncio.sleep(0.01)


def in_thread(function, *args, **kwargs):
    return sync_to_async(function)(*args, **kwargs)


async def finish(worker, **changes):
    return await in_thread(services.finish_generation, worker.outcome(**changes))


def ended(page):
    return all(page.sides.get(side, {}).get("state") == "ended" for side in "ab")
