"""The events of a battle and their form in an entry of a Redis Stream.

The site writes the battle's log, a worker the one of the attempt that it was given. Who reads a
worker's log knows side and attempt from which log it is, and takes nothing from it but a WORKERS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

from inference_worker.wire.messages import MOST, SIDES, Finish, MalformedMessage, Side

Kind = Literal[
    "started",
    "restarted",
    "delta",
    "reasoning",
    "detection",
    "ended",
    "failed",
    "stopped",
    "opened",
    "voting_opened",
    "answered",
    "taken_back",
    "agreed",
    "voted",
    "skipped",
    "expired",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
TERMINAL: frozenset[Kind] = frozenset({"ended", "failed", "stopped"})
"""The kinds of events that end a side."""
WORKERS: frozenset[Kind] = frozenset(
    {"started", "restarted", "delta", "reasoning", "detection", "ended", "failed"}
)
"""The kinds that a worker can say of its attempt."""
HIDDEN: frozenset[Kind] = frozenset({"reasoning"})
"""The kinds of which nothing reaches a voter before the vote: no text, and no number."""
FINAL: frozenset[Kind] = frozenset({"agreed", "voted", "skipped", "expired"})
"""The kinds of events that end the battle. ``voted`` says only that there is a vote, ``agreed``
that both answers are the same."""

CUTS: frozenset[Finish] = frozenset({"length", "repetition"})
"""The codes of ``ended`` for answers that the arena ended, and not the model."""


class StreamEvent(Struct, frozen=True, gc=False):
    """An entry of a log. For each side and attempt ``number`` is 0, 1, 2, ... without a gap.

    Number 0 is ``started``, or ``restarted`` from the second attempt on; a reader then clears the
    pane. ``opened`` comes before it, in the log of the battle. ``voting_opened``, ``answered``,
    ``taken_back`` and the FINAL kinds belong to the battle: they have no side, number or text.
    ``answered`` stands for ``voting_opened`` in a battle that takes no vote.
    The ``failed`` and ``stopped`` of a whole veiled battle have no side either, and the highest
    attempt of both.
    ``taken_back`` says that the turn is none of the battle's any more.
    """

    side: Side | Literal[""]
    attempt: int
    number: int
    kind: Kind
    text: str = ""
    """What a delta adds, or a trace; for ``detection`` places as JSON, one in a line; for
    ``failed`` the code; for ``ended`` one of CUTS or nothing; for ``stopped`` why the site did, or
    nothing where the voter did; for ``opened`` the address of the attempt."""
    turn: int = 0
    """The number of the turn, in the log of the battle; a worker knows of no other turn than its
    own."""


# A token costs one decoding in each web process that shows it: a look-up by the bytes that Redis
# returns checks a word and spares its decoding.
_KINDS = {kind.encode(): kind for kind in KINDS}
_WORKERS = {kind.encode(): kind for kind in WORKERS}
_SIDES: dict[bytes, Side | Literal[""]] = {b"": "", **{side.encode(): side for side in SIDES}}
_SITE_FIELDS, _WORKER_FIELDS = 5, 3
_TURN = b"u"
"""The field that an entry of the first turn lacks: a release that knows no turns reads it."""
_MOST_DIGITS, _ZERO = len(str(MOST)), ord("0")


def encode(event: StreamEvent) -> dict[str, str]:
    """Return the fields of the stream entry."""
    turn = {_TURN.decode(): str(event.turn)} if event.turn else {}
    return {
        "s": event.side,
        "t": str(event.attempt),
        "n": str(event.number),
        "k": event.kind,
        "x": event.text,
        **turn,
    }


def decode(entry: Mapping[bytes, bytes]) -> StreamEvent:
    """Return the event in an entry of a battle's log.

    Raises MalformedMessage for everything that ``encode`` can't have made.
    """
    try:
        event = StreamEvent(
            _SIDES[entry[b"s"]],
            _whole_number(entry[b"t"]),
            _whole_number(entry[b"n"]),
            _KINDS[entry[b"k"]],
            entry[b"x"].decode(),
            _whole_number(entry.get(_TURN, b"0")),
        )
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"not an event: {error}") from error
    if len(entry) != _SITE_FIELDS + (_TURN in entry):
        raise MalformedMessage("an event with more fields than it has")
    return event


def decode_answer(entry: Mapping[bytes, bytes], *, side: Side, attempt: int) -> StreamEvent:
    """Return the event in an entry of a worker's log, as one of the given side and attempt.

    Raises MalformedMessage for everything that no worker's append can have made.
    """
    try:
        kind, number = _WORKERS[entry[b"k"]], _whole_number(entry[b"n"])
        event = StreamEvent(side, attempt, number, kind, entry[b"x"].decode())
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"not an event of a worker: {error}") from error
    if len(entry) != _WORKER_FIELDS:
        raise MalformedMessage("an event with more fields than it has")
    return event


def _whole_number(digits: bytes) -> int:
    """Return the number; raise ValueError unless it is written as ``encode`` writes it."""
    if not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise ValueError("not a whole number")
    number = int(digits)
    if number > MOST or (digits[0] == _ZERO and digits != b"0"):
        raise ValueError("a number beyond the wire's greatest, or with a zero before it")
    return number
