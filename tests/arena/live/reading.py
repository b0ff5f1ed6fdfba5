"""Events as a worker writes them, and a page that obeys the frames."""

from __future__ import annotations

from inference_worker.wire.events import StreamEvent

SIDE_FIELDS = {
    "type", "side", "attempt", "number", "state", "reset", "html", "more", "code", "places",
}  # fmt: skip
BATTLE_FIELDS = {"type", "state", "ahead"}


def event(kind, text="", *, attempt=1, number=0, side="a"):
    return StreamEvent(side=side, attempt=attempt, number=number, kind=kind, text=text)


def answer(*texts, end="ended", attempt=1, side="a"):
    """One attempt's events: started, the deltas, and how it ended."""
    kinds = [("restarted" if attempt > 1 else "started", "")]
    kinds += [("delta", text) for text in texts]
    kinds += [(end, "timeout" if end == "failed" else "")] if end else []
    return [event(k, t, attempt=attempt, number=n, side=side) for n, (k, t) in enumerate(kinds)]


def of_battle(kind):
    return StreamEvent(side="", attempt=0, number=0, kind=kind)


def opened():
    return of_battle("voting_opened")


class Reader:
    """The page's part of the contract: finished HTML, and plain text in the open block."""

    def __init__(self):
        self.html = self.open = ""
        self.states = []

    def take(self, frame):
        if frame is None:
            return
        if frame["reset"]:
            self.html = self.open = ""
        if frame["html"]:
            self.html, self.open = self.html + frame["html"], ""
        self.open += frame["more"]
        self.states.append(frame["state"])
