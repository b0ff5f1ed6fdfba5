"""Attempts to start a battle, as gates see them, and what a gate says of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from arena.core.errors import DomainError
from arena.core.images import PlainPicture
from arena.gates.states import GateStage, GateVerdict


@dataclass(frozen=True, slots=True)
class BattleAttempt:
    """Facts about a request for a battle; prompt and pictures are known from the QUESTION stage on.

    ``voter`` is empty for who is nobody yet. Both networks are buckets, never addresses.
    ``account_since`` is None without an account. ``confirmed`` says whether age and terms are
    confirmed, now or earlier.
    """

    voter: str = ""
    known_since: datetime | None = None
    account_since: datetime | None = None
    confirmed: bool = False
    network: str = ""
    wide_network: str = ""
    proof: str = ""
    prompt: str = ""
    pictures: tuple[PlainPicture, ...] = ()
    sample: str = ""


@dataclass(frozen=True, slots=True)
class GateReport:
    """The verdict of a gate with its source, and the refusal where nothing may begin.

    A gate may fail without a refusal: the battle goes on, and the verdict is stored with it.
    """

    verdict: GateVerdict
    source: str
    """A word or two on what the verdict rests on, without a name of anybody."""
    refusal: DomainError | None = None
    withheld: bool = False
    """Whether the battle is kept from publication, until a moderator allows it."""
    asks: bool = False
    """Whether a moderator is asked."""


GateReports = dict[str, GateReport]
"""What gates say of one attempt, by their names."""


def passed(source: str) -> GateReport:
    """Return the report of a gate that lets the attempt through."""
    return GateReport(GateVerdict.PASS, source)


def refused(source: str, refusal: DomainError) -> GateReport:
    """Return the report of a gate that lets nothing begin."""
    return GateReport(GateVerdict.FAIL, source, refusal)


class Gate(Protocol):
    """The members of a gate's module: when it is asked, and what it says of an attempt."""

    STAGES: frozenset[GateStage]

    def report(self, attempt: BattleAttempt) -> GateReport:
        """Return what the gate says of an attempt."""
