"""The events of a battle's stream and their form in a Redis Stream entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from inference_worker.wire.messages import Finish, MalformedMessage, Side

Kind = Literal[
    "started",
    "restarted",
    "delta",
    "ended",
    "failed",
    "stopped",
    "voting_opened",
    "voted",
    "skipped",
    "expired",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
TERMINAL: frozenset[Kind] = frozenset({"ended", "failed", "stopped"})
"""What ends a side."""
FINAL: frozenset[Kind] = frozenset({"voted", "skipped", "expired"})
"""What ends the battle. That there is a vote is all that ``voted`` says."""

CUT: Finish = "length"
"""What an answer's ``ended`` says where the arena's limit ended it, and not the model."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log. Per side and attempt, ``number`` runs 0, 1, 2, ... without a gap.

    Number 0 is ``started``, or ``restarted`` from the second attempt on: whoever reads it clears
    the pane. ``voting_opened`` and the FINAL ones belong to the battle: they have no side, no
    number and no text.
    """

    side: Side | Literal[""]
    attempt: int
    number: int
    kind: Kind
    text: str = ""
    """What a delta adds; for ``failed`` the code; for ``ended`` CUT or nothing."""


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
    """Raises MalformedMessage for anything that ``encode`` did not make."""
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
