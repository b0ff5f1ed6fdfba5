"""Recounting from the ledger: whether chain, counts, votes and snapshots tell the same story."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from arena.battles.models import DrawPlan
from arena.boards.selectors import unfounded_snapshots
from arena.boards.services.updating import recompute_all_boards
from arena.core.locks import exclusive
from arena.ledger.models import Recount, Repair
from arena.ledger.selectors.audit import misplaced_votes
from arena.ledger.selectors.head import LOCK, head
from arena.ledger.services import counting
from arena.ledger.services.audit import broken_links, difference_in_words

log = logging.getLogger(__name__)

MOST = 20
"""Findings of each kind that are named; one is enough to look closely."""


@dataclass(frozen=True, slots=True)
class LedgerVerification:
    """The number up to which the ledger was read, and a sentence for each thing that is wrong."""

    number: int
    findings: tuple[str, ...]


def verify_ledger(*, tick: Callable[[int], None] = lambda number: None) -> LedgerVerification:
    """Read the whole ledger and compare. Changes nothing, and keeps nobody waiting.

    Entries come in pieces, and the database adds up by itself, so memory is bounded. Each
    comparison is one statement, which sees counts and entries at the same moment, whatever is
    folded meanwhile. ``tick`` is told the numbers reached.
    """
    number = head().number
    findings = list(islice(broken_links(number, tick), MOST))
    findings += [difference_in_words(difference) for difference in counting.differences(MOST)]
    findings += misplaced_votes(MOST) + unfounded_snapshots(MOST)
    return LedgerVerification(number, tuple(findings))


def verify_ledger_nightly() -> Recount:
    """Recount, keep what was found, and say it loudly where something is wrong."""
    found = verify_ledger()
    for finding in found.findings:
        log.error("the ledger's recount: %s", finding)
    return Recount.objects.create(ledger_number=found.number, findings=list(found.findings))


def rebuild_counts() -> LedgerVerification:
    """Write all counts anew from the ledger, unless its own chain is broken, and recount.

    Running processes notice it with their next look at the ledger. Boards and the draw plan are
    made anew, also where the ledger has not moved since.
    """
    if not next(broken_links(head().number, lambda number: None), None):
        with exclusive(LOCK):
            counting.rebuild()
            Repair.objects.create(ledger_number=head().number)
            DrawPlan.objects.update(basis="")
        recompute_all_boards()
    return verify_ledger()
