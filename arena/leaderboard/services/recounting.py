"""Recounting from the ledger: whether chain, counts, votes and snapshots tell the same story."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from arena.battles.models import DrawPlan
from arena.core.locks import exclusive
from arena.leaderboard import selectors
from arena.leaderboard.models import GENESIS, Recount, Repair
from arena.leaderboard.selectors import LOCK, Event, Names
from arena.leaderboard.services import counting
from arena.leaderboard.services.chain import WORDS, chain, early_chain, facts
from arena.leaderboard.services.counting import Difference
from arena.leaderboard.services.refreshing import renew

log = logging.getLogger(__name__)

PIECE = 20_000
"""Entries in memory at a time."""
MOST = 20
"""Findings of each kind that are named; one is enough to look closely."""


@dataclass(frozen=True, slots=True)
class Recounted:
    """How far the ledger was read, and what is wrong, in words; nothing if all is well."""

    number: int
    findings: tuple[str, ...]


def recount(*, tick: Callable[[int], None] = lambda number: None) -> Recounted:
    """Read the whole ledger and compare. Changes nothing, and keeps nobody waiting.

    Entries come in pieces, and the database adds up by itself, so memory is bounded. Each
    comparison is one statement, which sees counts and entries at the same moment, whatever is
    folded meanwhile. ``tick`` is told the numbers reached.
    """
    number = selectors.head().number
    findings = list(islice(_broken_links(number, tick), MOST))
    findings += [_words(difference) for difference in counting.differences(MOST)]
    findings += selectors.misplaced_votes(MOST) + selectors.unfounded_snapshots(MOST)
    return Recounted(number, tuple(findings))


def recount_nightly() -> Recount:
    """Recount, keep what was found, and say it loudly where something is wrong."""
    found = recount()
    for finding in found.findings:
        log.error("the ledger's recount: %s", finding)
    return Recount.objects.create(ledger_number=found.number, findings=list(found.findings))


def repair() -> Recounted:
    """Write all counts anew from the ledger, unless its own chain is broken, and recount.

    Running processes notice it with their next look at the ledger. Boards and the draw plan are
    made anew, also where the ledger has not moved since.
    """
    if not next(_broken_links(selectors.head().number, lambda number: None), None):
        with exclusive(LOCK):
            counting.rebuild()
            Repair.objects.create(ledger_number=selectors.head().number)
            DrawPlan.objects.update(basis="")
        renew()
    return recount()


def _broken_links(upto: int, tick: Callable[[int], None]) -> Iterator[str]:
    """Gaps, and entries whose hash does not follow from the one before.

    The first entry under today's formula ends the time of the earlier one for good.
    """
    names, formula, previous, last = selectors.names(), early_chain, GENESIS, 0
    for number, hash_, event in selectors.read_entries(upto, PIECE):
        if number != last + 1:
            yield f"Entry {last + 1} is missing."
        elif not (event.card_a in names.slugs and event.card_b in names.slugs):
            yield f"Entry {number} names a model that is gone."
        elif event.labels not in names.labels:
            yield f"Entry {number} names labels that are gone."
        else:
            if formula is early_chain and formula(previous, event, names) != hash_:
                formula = _chain
            if formula(previous, event, names) != hash_:
                yield f"Entry {number} was changed: its hash does not follow from entry {last}."
        previous, last = hash_, number
        if not number % PIECE or number == upto:
            tick(number)


def _chain(previous: str, event: Event, names: Names) -> str:
    return chain(previous, facts(event, names))


def _words(difference: Difference) -> str:
    """As in: first - second, outcome a: 7 are counted, the ledger says 8."""
    names = selectors.names()
    one, other, outcome = difference.key[-3:]
    where = "" if len(difference.key) == 3 else _place(difference, names)
    pair = " - ".join(names.slugs.get(card, f"gone ({card})") for card in (one, other))
    said = f"{difference.counted} are counted, the ledger says {difference.entered}."
    return f"{pair}, outcome {WORDS[outcome]}{where}: {said}"


def _place(difference: Difference, names: Names) -> str:
    labels, day = difference.key[:2]
    words = names.labels.get(labels, f"gone ({labels})").split("\n")
    return f", on {day} under {' '.join(word for word in words[:2] if word) or 'no label'}"
