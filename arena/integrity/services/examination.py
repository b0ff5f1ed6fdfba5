"""Examine the votes since the reference board, and open a case for what looks wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from redis.exceptions import LockError, RedisError

from arena.core.locks import exclusive
from arena.core.redis import client
from arena.integrity.models import Case
from arena.integrity.selectors.dismissals import dismissed_cases, newest_decision
from arena.integrity.selectors.votes import activity, recent_votes, strengths_of
from arena.integrity.services.cases import LOCK, CaseFinding, is_decided_since, store_case
from arena.integrity.services.decisions import decide_case
from arena.integrity.services.freezing import reference_in_force
from arena.integrity.services.holding import (
    exclude_for_good,
    hold_carriers,
    hold_votes,
    lapse_holds,
)
from arena.integrity.services.searching import patterns, pushes
from arena.integrity.states import ALARMS, CaseAction, CaseKind, CaseStatus

log = logging.getLogger(__name__)

EXAMINING = "va:examination"
EXAMINING_SECONDS = 300
"""After this time an examination counts as lost with its process."""


def examine_votes() -> list[Case]:
    """Look at the votes behind the reference board; return the cases that are new.

    Single-flight, and nothing to do where no vote and no decision has come since the last one. The
    search holds no lock of the database; what it finds is stored under one, case by case. Votes of
    a new case about one voter and one model are excluded at once where ``INTEGRITY_EXCLUDES`` says
    so, and later ones of a voter whose votes stand excluded follow them. While an alarm about a
    model is open, votes on it wait: those that carry the evidence, and those of voters who are not
    known. The latter count after ``HOLD_DAYS`` without a decision.
    """
    with examining_alone() as alone:
        if not alone:
            return []
        lapse_holds()
        seen, board = activity(), reference_in_force()
        if board is not None and board.examined == seen:
            return []
        after, decided = board.after_vote if board else 0, newest_decision()
        votes, dismissed = recent_votes(after), dismissed_cases(after)
        findings = list(patterns(votes, dismissed)) if len(votes.keys) else []
        if board is not None and len(votes.keys):
            findings += pushes(votes, strengths_of(board), dismissed)
        stored = [store_finding(finding, decided) for finding in findings]
        new = [case for case in stored if case is not None]
        hold_votes()
        # What was left aside for a decision on the same is looked for again.
        if board is not None and newest_decision() == decided:
            board.examined = seen
            board.save(update_fields=["examined"])
        return new


def store_finding(finding: CaseFinding, decided: int | None = None) -> Case | None:
    """Store a finding, and exclude its votes where they are to follow; None if it was known.

    ``decided`` is the newest decision when the search began: what was decided on the same since, it
    did not know, and what it found is not opened once more.
    """
    with exclusive(LOCK):
        if decided is not None and is_decided_since(finding, decided):
            return None
        case, is_new = store_case(finding)
        if is_new and case.kind == CaseKind.BETTING and settings.INTEGRITY_EXCLUDES:
            decide_case(case=case.pk, action=CaseAction.EXCLUDE)
            case.refresh_from_db()
        elif case.status == CaseStatus.EXCLUDED:
            exclude_for_good(finding.votes)
            case.case_votes.update(excluded=True)
        if case.kind in ALARMS:
            hold_carriers(case, finding.carriers or finding.votes)
        return case if is_new else None


@contextmanager
def examining_alone() -> Iterator[bool]:
    """Hold a lock in Redis. One of the database would block voters on SQLite during the search."""
    lock = client().lock(EXAMINING, timeout=EXAMINING_SECONDS, blocking=False)
    try:
        alone = bool(lock.acquire())
    except RedisError as error:
        log.warning("votes are examined once Redis is back: %s", type(error).__name__)
        alone = False
    try:
        yield alone
    finally:
        if alone:
            try:
                lock.release()
            except (LockError, RedisError) as error:
                log.warning("the next examination waits: %s", type(error).__name__)
