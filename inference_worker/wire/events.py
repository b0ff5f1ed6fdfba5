"""The events of a battle and their form in an entry of a Redis Stream.

The site writes the battle's log, a worker the one of the attempt that it was given. Who reads a
worker's log knows side and attempt from which log it is, and takes nothing from it but a WORKERS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from inference_worker.wire.messages import MOST, Finish, MalformedMessage, Side

Kind = Literal[
    "started",
    "restarted",
    "delta",
    "ended",
    "failed",
    "stopped",
    "opened",
    "voting_opened",
    "voted",
    "skipped",
    "expired",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
TERMINAL: frozenset[Kind] = frozenset({"ended", "failed", "stopped"})
"""What ends a side."""
WORKERS: frozenset[Kind] = frozenset({"started", "restarted", "delta", "ended", "failed"})
"""What a worker can say of its attempt."""
FINAL: frozenset[Kind] = frozenset({"voted", "skipped", "expired"})
"""What ends the battle. That there is a vote is all that ``voted`` says."""

CUT: Finish = "length"
"""What an answer's ``ended`` says where the arena's limit ended it, and not the model."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log. Per side and attempt, ``number`` runs 0, 1, 2, ... without a gap.

    Number 0 is ``started``, or ``restarted`` from the second attempt on: whoever reads it clears
    the pane. ``opened`` comes before it, in the battle's log. ``voting_opened`` and the FINAL ones
    belong to the battle: they have no side, no number and no text.
    """

    side: Side | Literal[""]
    attempt: int
    number: int
    kind: Kind
    text: str = ""
    """What a delta adds; for ``failed`` the code; for ``ended`` CUT or nothing; for
    ``opened`` the address of the attempt."""


def encode(event: Event) -> dict[str, str]:
    """The fields of the stream entry."""
    return {
        "s": event.side,
        "t": str(event.attempt),
        "n": str(event.number),
        "k": event.kind,
        "x": event.text,
    }


def decode(entry: Mapping[bytes, bytes]) -> Event:
    """An entry of a battle's log. Raises MalformedMessage for what ``encode`` did not make."""
    try:
        kind = entry[b"k"].decode()
        if kind not in KINDS:
            raise MalformedMessage(f"unknown kind of event {kind!r}")
        return Event(
            side=cast(Side, entry[b"s"].decode()),
            attempt=int(entry[b"t"]),
            number=int(entry[b"n"]),
            kind=kind,
            text=entry[b"x"].decode(),
        )
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"not an event: {error}") from error


def decode_answer(entry: Mapping[bytes, bytes], *, side: Side, attempt: int) -> Event:
    """An entry of a worker's log. Raises MalformedMessage for what no worker of ours says."""
    try:
        kind = cast(Kind, entry[b"k"].decode())
        number, text = int(entry[b"n"]), entry[b"x"].decode()
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"not an event: {error}") from error
    if kind not in WORKERS or not 0 <= number <= MOST:
        raise MalformedMessage("not an event of a worker")
    return Event(side, attempt, number, kind, text)
