"""A visitor without a screen: cookies, the form, the socket, and panes that obey the frames."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any, Self

import httpx
from PIL import Image, ImageDraw
from websockets.asyncio.client import connect

Frame = dict[str, Any]
OVER = frozenset({"voting", "voted", "failed", "stopped", "skipped", "expired", "agreed"})
"""States of a battle in which nothing more is written."""


@cache
def picture() -> bytes:
    """A PNG with something on it that a model may talk about."""
    image = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(image).ellipse((90, 50, 230, 190), fill="red")
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass(slots=True)
class SideView:
    """One side as the page would show it; the rules are those of the frames' contract."""

    attempt: int = 0
    number: int = -1
    state: str = "waiting"
    code: str = ""
    html: str = ""
    open: str = ""
    first_text: float = 0.0
    """When the first text of any attempt arrived, by time.monotonic(); 0 before that."""

    def apply(self, frame: Frame) -> None:
        """Take a frame of this side."""
        if frame["reset"]:
            self.html = self.open = ""
        if frame["html"]:
            self.html += frame["html"]
            self.open = ""
        self.open += frame["more"]
        self.attempt, self.number = frame["attempt"], frame["number"]
        self.state, self.code = frame["state"], frame["code"]
        if (self.html or self.open) and not self.first_text:
            self.first_text = time.monotonic()


@dataclass(slots=True)
class Screen:
    """Both panes and the battle's state."""

    state: str = ""
    panes: dict[str, SideView] = field(default_factory=lambda: {"a": SideView(), "b": SideView()})

    def apply(self, frame: Frame) -> None:
        """Take a frame of the battle or of a side."""
        if frame["type"] == "side":
            self.panes[frame["side"]].apply(frame)
        else:
            self.state = frame["state"]


class Visitor:
    """One browser profile. ``heard`` gets every response and every frame, before anything else."""

    def __init__(
        self,
        address: str,
        *,
        heard: Callable[[httpx.Response | str], None] | None = None,
        network: str = "",
    ) -> None:
        """``network`` is an address that a trusted proxy would have seen."""
        limits = httpx.Limits(keepalive_expiry=2.0)
        seen = {"X-Forwarded-For": network} if network else {}
        self.http = httpx.AsyncClient(base_url=address, timeout=60.0, limits=limits, headers=seen)
        self.repeats = 0
        self._heard = heard or (lambda _: None)

    async def __aenter__(self) -> Self:
        await self.get("/")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def get(self, path: str) -> httpx.Response:
        """A page or a picture; raises HTTPStatusError for anything but success."""
        response = await self.http.get(path)
        self._heard(response)
        return response.raise_for_status()

    async def post(self, path: str, accept: str = "text/html", **form: str) -> httpx.Response:
        """A form with its token; every answer is an answer here, refusals too."""
        headers = self._headers(accept)
        try:
            response = await self.http.post(path, data=form, headers=headers)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            # As a browser does with what it sent into a connection that was just being closed.
            self.repeats += 1
            response = await self.http.post(path, data=form, headers=headers)
        self._heard(response)
        return response

    async def send(self, prompt: str = "What shape is in the picture?") -> str:
        """Start a battle; the answer is its address, a path with a slash at the end."""
        response = await self.offer(picture(), prompt)
        url: str = response.raise_for_status().json()["url"]
        return url

    async def offer(
        self,
        image: bytes,
        prompt: str = "What is in the picture?",
        accept: str = "application/json",
        proof: str = "",
        pages: str = "",
    ) -> httpx.Response:
        """Ask for a battle about this picture; every answer is an answer here, refusals too."""
        response = await self.http.post(
            "/battles/",
            data={"prompt": prompt, "proof": proof, "pages": pages},
            files={"image": ("picture.png", image, "image/png")},
            headers=self._headers(accept),
        )
        self._heard(response)
        return response

    async def enrol(self) -> None:
        """Become somebody before several battles are sent at once: else each makes a new voter."""
        await self.post(f"{await self.send()}skip")

    async def vote(self, battle: str, choice: str) -> httpx.Response:
        """The fragment with the names, or a refusal."""
        return await self.post(f"{battle}vote", "application/json", choice=choice)

    @asynccontextmanager
    async def watching(self, battle: str) -> AsyncIterator[AsyncIterator[Frame]]:
        """The battle's frames as they come; ends when the server closes the socket."""
        host = self.http.base_url.netloc.decode()
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.http.cookies.jar)
        async with connect(
            f"ws://{host}/ws{battle.rstrip('/')}",
            origin=f"http://{host}",  # type: ignore[arg-type]  # a NewType of str
            additional_headers={"Cookie": cookies},
            compression=None,
            max_queue=None,
            open_timeout=60,
        ) as socket:
            yield self._frames(socket)

    async def watch(self, battle: str, screen: Screen | None = None) -> Screen:
        """Follow the battle on one socket until nothing more can come."""
        screen = screen or Screen()
        async with self.watching(battle) as frames:
            async for frame in frames:
                screen.apply(frame)
                if screen.state in OVER:
                    break
        return screen

    async def _frames(self, socket: Any) -> AsyncIterator[Frame]:
        async for text in socket:
            self._heard(text)
            yield json.loads(text)

    def _headers(self, accept: str) -> dict[str, str]:
        return {"X-CSRFToken": self.http.cookies.get("csrftoken") or "", "Accept": accept}
