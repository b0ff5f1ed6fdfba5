"""Files as cameras, screens and scanners make them: what becomes of each, and the web's memory.

    python -m tests.bench.camera_files [--at-once 8]

A fresh arena with two models that say the colour of the picture that they got. Browsers send 40
files at the same time, the heaviest first. Each must reach both models and the vote, stored upright
and in its proportions, or be refused with the sentence of the rule that it breaks.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import httpx
import psutil
from PIL import Image

from arena.core import decoding
from tests.arena.core.pictures import close_to
from tests.cameras import COUNT, GREYS, CameraFile, camera_files
from tests.figures import Figure, Ticks, bar, conclude
from tests.stack import Card, Stack, running
from tests.visitor import Visitor

SEEING = tuple(
    Card(name, f"tag={name},tokens=12,rate=200,text=sees", name) for name in ("one", "two")
)
MOST_MB = 400.0
PROPORTION = 0.02
PAUSE_SECONDS, ANSWER_SECONDS = 0.02, 300.0


async def fault(visitor: Visitor, file: CameraFile) -> str:
    """Send the file and return what is wrong with what becomes of it, or nothing."""
    response = await visitor.offer(file.data, pages=file.pages)
    told = response.json()
    message = told.get("error", {}).get("message", "")
    if response.status_code != file.status or file.sentence not in message:
        return f"{response.status_code} {message}"
    if file.sentence:
        return ""
    screen = await visitor.watch(told["url"])
    if screen.state != "voting":
        return f"the battle is {screen.state}"
    seen = "blue" if file.marks == GREYS else "red"
    if not all(seen in pane.html + pane.open for pane in screen.panes.values()):
        return "a model did not see it"
    return wrong_picture((await visitor.get(f"{told['url']}image")).content, file)


def wrong_picture(data: bytes, file: CameraFile) -> str:
    """Return what is wrong with the stored picture, or nothing."""
    with Image.open(BytesIO(data)) as stored:
        image = stored.convert("RGB")
    wanted = file.size[0] / file.size[1]
    if abs(image.width / image.height / wanted - 1) > PROPORTION:
        return f"{image.width} x {image.height}"
    inset = min(image.size) // 16
    right, bottom = image.width - 1 - inset, image.height - 1 - inset
    places = ((inset, inset), (right, inset), (right, bottom), (inset, bottom))
    seen = [image.getpixel(place) for place in places]
    return "" if all(map(close_to, seen, file.marks)) else f"corners {seen}"


class MemoryWatch:
    """Measures a web process and the children that decode for it until ``over`` is set."""

    def __init__(self, pid: int) -> None:
        self.web = psutil.Process(pid)
        self.before = self.web.memory_info().rss / 1e6
        self.over = threading.Event()
        self.whole = 0.0
        """Megabytes, of the process and its children together, at the peak of the samples."""
        self.decoders = 0

    def run(self) -> None:
        """Sample; pages that processes share are counted once for each."""
        while not self.over.wait(PAUSE_SECONDS):
            sizes = []
            for child in self.web.children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if decoding.__file__ in child.cmdline():
                        sizes.append(child.memory_info().rss)
            self.decoders = max(self.decoders, len(sizes))
            self.whole = max(self.whole, (self.web.memory_info().rss + sum(sizes)) / 1e6)

    def peak(self) -> float:
        """Return the megabytes of the web process at its peak, as the kernel has noted it."""
        status = Path(f"/proc/{self.web.pid}/status").read_text()
        [kilobytes] = re.findall(r"VmHWM:\s+(\d+) kB", status)
        return int(kilobytes) * 1024 / 1e6


async def send(
    stack: Stack, files: Sequence[CameraFile], at_once: int, ticks: Ticks
) -> dict[str, str]:
    """Send all by so many browsers; return what is wrong, by the file's name."""
    waiting, faults = deque(files), dict[str, str]()

    async def browse() -> None:
        async with Visitor(stack.address) as visitor:
            visitor.http.timeout = httpx.Timeout(ANSWER_SECONDS)
            while waiting:
                file = waiting.popleft()
                try:
                    found = await fault(visitor, file)
                except httpx.HTTPError as error:
                    found = repr(error)
                if found:
                    faults[file.name] = found
                ticks.tick()

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(browse())
    return faults


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--at-once", type=int, default=8, help="browsers that send together")
    told = parser.parse_args(argv)
    files = []
    with bar("files made", COUNT) as ticks:
        for file in camera_files():
            files.append(file)
            ticks.tick()
    with running(cards=SEEING) as stack, bar("files sent", len(files)) as ticks:
        memory = MemoryWatch(stack.pid("web"))
        watch = threading.Thread(target=memory.run)
        watch.start()
        began = time.monotonic()
        try:
            faults = asyncio.run(send(stack, files, told.at_once, ticks))
        finally:
            memory.over.set()
            watch.join()
        took, peak = time.monotonic() - began, memory.peak()
    right, every = f"{len(files) - len(faults)} of {len(files)}", f"{COUNT} of {COUNT}"
    found = [
        Figure("files that became what they should", right, every, right == every),
        *(Figure(name, what, "", False) for name, what in faults.items()),
        Figure("web at its peak", f"{peak:.0f} MB", f"< {MOST_MB:.0f} MB", peak < MOST_MB),
        Figure("web before the first file", f"{memory.before:.0f} MB"),
        Figure("web and its decoders at their peak", f"{memory.whole:.0f} MB"),
        Figure("decoders at a time", f"{memory.decoders}"),
        Figure("in all", f"{took:.0f} s, {sum(len(file.data) for file in files) / 1e6:.0f} MB"),
    ]
    return conclude(f"Camera files, {told.at_once} at once", found)


if __name__ == "__main__":
    sys.exit(main())
