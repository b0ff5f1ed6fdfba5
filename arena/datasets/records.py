"""Records that an export is made of: pages of the ledger, and battles that may be published."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from arena.battles.states import Choice
from arena.rating.features import StyleFeature
from inference_worker.wire.messages import SIDES

WINNERS = {
    Choice.A.value: "model_a",
    Choice.B.value: "model_b",
    Choice.TIE.value: "tie",
    Choice.BOTH_BAD.value: "tie (bothbad)",
}
"""The words of public vote files for a choice."""
STYLES = tuple(f"{feature}_{side}" for feature in StyleFeature for side in SIDES)
"""Columns that count the style of both answers."""

SAID = (*(f"reasons_{side}" for side in SIDES), *(f"correctness_{side}" for side in SIDES))
"""Columns of what voters said of both answers after the vote."""

_DAY_ONE = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Names for voters and battles that one export alone uses.

    They are keyed hashes under a secret that is made for the export and thrown away with its last
    file, so that they say nothing about whom they stand for and nothing links two exports by them.
    """

    secret: bytes

    def judge(self, voter: Any) -> str | None:
        """Return the name of a voter; None where no voter is known, as for an imported vote."""
        return None if voter is None else f"arena_user_{self._hashed('voter', str(voter))}"

    def battle(self, key: int) -> str:
        """Return the name of a battle."""
        return f"battle_{self._hashed('battle', str(key))}"

    def _hashed(self, kind: str, text: str) -> str:
        data, person = text.encode(), kind.encode()
        return hashlib.blake2b(data, digest_size=12, key=self.secret, person=person).hexdigest()


@dataclass(frozen=True, slots=True)
class PublicVersion:
    """The facts about a model version that anyone may know."""

    model: str
    number: int
    revision: str
    hub_id: str
    """Empty for a model that is no public repository of the Hub."""
    organization: str
    license: str


@dataclass(frozen=True, slots=True)
class LabelValues:
    """The labels under which a vote is counted; an undetermined one is empty."""

    language: str
    category: str
    preset: bool


class GateWords(NamedTuple):
    """The gates that failed, and those that found nothing out, each with what it rests on.

    Both are None where no gate was asked: imported votes, and those of releases without gates.
    """

    failed: str | None = None
    unknown: str | None = None


class PublicEntry(NamedTuple):
    """An entry of the ledger without content; a tuple because an export makes millions of them.

    ``counts`` says whether the vote that it is about counts at the end of the export, and
    ``labels`` are those of that moment for a vote's own entry, those of the entry for a decision.
    ``votes_today`` are those that its voter had cast before it on that day, and ``voter_days`` the
    whole days for which the identity had been there: seconds would tell when it voted.
    ``account_days`` are those of its account, nothing without one.
    ``style`` has a count for each of ``STYLES``, or nothing.
    """

    number: int
    hash: str
    format: int
    kind: str
    reason: str
    source: str
    vote_number: int
    version_a: PublicVersion
    version_b: PublicVersion
    winner: str
    labels: LabelValues
    day: date
    counts: bool
    judge: str | None
    policy: str | None
    propensity: float | None
    turns: int | None
    votes_today: int | None
    voter_days: int | None
    account_days: int | None
    style: Sequence[int | None]
    said: Sequence[str | None] = (None, None, None, None)
    """Reasons about both sides, and whether each was right, as the columns of ``SAID``."""
    gates: GateWords = GateWords()
    picture: tuple[float | None, int | None] = (None, None)
    """The probability with which a sample picture was chosen, and the number of candidates."""

    @property
    def tstamp(self) -> float:
        """Return the start of the vote's day in seconds since 1970: the ledger holds no time."""
        return 86_400.0 * (self.day.toordinal() - _DAY_ONE)


@dataclass(frozen=True, slots=True)
class PublicImage:
    """A picture as both models saw it."""

    sha256: str
    mime: str
    width: int
    height: int
    data: bytes

    @property
    def path(self) -> str:
        """Return the name of its file in an export."""
        return f"images/{self.sha256}.{self.mime.removeprefix('image/')}"


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """The answer of a side to a turn; times are in milliseconds."""

    text: str
    tokens: int
    first_text_ms: int
    total_ms: int
    finish: str
    names_model: bool
    style: Sequence[int | None]
    """A count for each style feature."""
    reasoning: str = ""
    """What the model wrote before its answer."""
    reasoning_tokens: int = 0
    places: Sequence[dict[str, Any]] = ()
    """The places in the pictures that the answer names, as the wire has them."""


@dataclass(frozen=True, slots=True)
class PublicTurn:
    """A prompt with its pictures in the voter's order and both answers, by side."""

    prompt: str
    images: Sequence[PublicImage]
    sample: bool
    answers: dict[str, PublicAnswer]


@dataclass(frozen=True, slots=True)
class PublicBattle:
    """A battle whose voter agreed to its publication, with the entry of its vote."""

    battle_id: str
    entry: PublicEntry
    voted_at: datetime
    conditions: dict[str, Any]
    pacing: str
    consent_version: str
    turns: Sequence[PublicTurn]

    @property
    def winner_side(self) -> str | None:
        """Return the side that won, None for a tie of either kind."""
        sides = {WINNERS[Choice.A.value]: "a", WINNERS[Choice.B.value]: "b"}
        return sides.get(self.entry.winner)

    def version(self, side: str) -> PublicVersion:
        """Return the version that answered on a side."""
        return self.entry.version_a if side == "a" else self.entry.version_b
