"""Frames of Chromium from the message that brings a place until its box is drawn.

    python -m tests.bench.boxes_on_screen --battles 10

A script before those of the page notes when a message with places arrives at the socket, before the
page has seen it, and looks in every frame that follows whether all its boxes are there. A frame is
counted once Chromium has rendered it. Scripted models that point at eight places in three seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from playwright.sync_api import Browser

from tests.e2e.browser import chromium
from tests.e2e.steps import send, until_state
from tests.figures import Figure, bar, conclude, quantile
from tests.stack import Card, running

_SCRIPT = "tokens=64,rate=20,text=places"
POINTING = (
    Card("calm-owl", f"tag=a,{_SCRIPT}", "Calm Owl"),
    Card("calm-elk", f"tag=b,{_SCRIPT}", "Calm Elk"),
)
WATCH = """
(() => {
  const found = (window.foundBoxes = []);
  const watch = ({ data }) => {
    const { side, places } = JSON.parse(data);
    const count = (places ?? []).filter(({ kind }) => kind !== "unread").length;
    if (!count) return;
    const name = `${side}${count}`;
    performance.mark(name);
    const boxes = `.pane[data-side=${side}] .pane__body > .places .place`;
    let frames = 0;
    const look = () => {
      frames += 1;
      if (document.querySelectorAll(boxes).length < count) return requestAnimationFrame(look);
      const rendered = new MessageChannel();
      rendered.port1.onmessage = () => {
        found.push([frames, performance.measure(name, name).duration]);
      };
      rendered.port2.postMessage(0);
    };
    requestAnimationFrame(look);
  };
  const Own = window.WebSocket;
  window.WebSocket = class extends Own {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", watch);
    }
  };
})();
"""


def watch(browser: Browser, address: str) -> list[tuple[int, float]]:
    """One battle; for each message with places the frames and milliseconds until all were drawn."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        send(page, address, "Where are the words?")
        until_state(page, "voting", 60)
        return [(frames, took) for frames, took in page.evaluate("foundBoxes")]


def figures(found: Sequence[tuple[int, float]]) -> list[Figure]:
    """The table's rows."""
    first = sum(frames == 1 for frames, _ in found)
    took = [milliseconds for _, milliseconds in found]
    return [
        Figure(
            "messages with places whose boxes are in the first frame that follows",
            f"{first} of {len(found)}",
            "all",
            0 < first == len(found),
        ),
        Figure(
            "from the message until that frame was rendered",
            f"median {quantile(took, 0.5):.1f} ms, max {max(took, default=0):.1f} ms",
        ),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battles", type=int, default=10)
    args = parser.parse_args(argv)
    with (
        running(cards=POINTING) as stack,
        chromium() as browser,
        bar("Battles", args.battles) as ticks,
    ):
        stack.execute("UPDATE catalog_modelversion SET options = ?", '{"grounding":"qwen_vl"}')
        found = []
        for _ in range(args.battles):
            found += watch(browser, stack.address)
            ticks.tick()
    return conclude("Boxes on the screen", figures(found))


if __name__ == "__main__":
    sys.exit(main())
