"""Decide on cases: exclude the votes, let them count, or think again."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from arena.core.errors import Conflict, NotFound
from arena.core.locks import exclusive
from arena.integrity.models import MOST_WORDS, Case, CaseDecision, CaseVote
from arena.integrity.services.cases import LOCK
from arena.integrity.services.holding import exclude_for_good, release_votes
from arena.integrity.states import EXCLUDING, MOVES, CaseAction, CaseStatus
from arena.ledger.services.exclusions import restore
from arena.ledger.states import ExclusionReason


class NoCarriers(Conflict):
    """No vote of the case is known to carry its evidence, so there are none to exclude alone."""

    code = "no_carriers"
    message = _(
        "No vote of this case is marked as carrying the evidence. Nothing was changed. Exclude all"
        " votes of the case, or dismiss it."
    )


def decide_case(*, case: int, action: str, by: str = "", words: str = "") -> CaseDecision:
    """Move a case, and its votes with it; nothing is deleted, and each decision can be taken back.

    One transaction that waits for findings that are being stored, and locks the case's row, then
    the ledger. ``by`` is the operator's account, empty where the arena decides itself; ``words``
    are published. A vote of which another case stands excluded stays out. Votes that waited for a
    decision on an alarm count again, but for those that are excluded: all of the case, or those
    that carry its evidence. Raises NotFound, ValueError for an unknown action, and Conflict for a
    decision that does not follow from where the case stands; NoCarriers where no vote carries the
    evidence that is to go alone.
    """
    wanted = CaseAction(action)
    with exclusive(LOCK):
        found = Case.objects.select_for_update(of=("self",)).filter(pk=case).first()
        if found is None:
            raise NotFound
        before, after = MOVES[wanted]
        if found.status not in before:
            raise Conflict
        own = CaseVote.objects.filter(case=found)
        if wanted == CaseAction.CARRIERS and not own.filter(carries=True).exists():
            raise NoCarriers
        was, found.status = found.status, after
        found.save(update_fields=["status", "changed_at"])
        moved = release_votes(found) if was == CaseStatus.OPEN else 0
        if wanted in EXCLUDING:
            out = own if wanted == CaseAction.EXCLUDE else own.filter(carries=True)
            moved = exclude_for_good(_votes_of(out), by=by)
            out.update(excluded=True)
        elif was == CaseStatus.EXCLUDED:
            out, others = own.filter(excluded=True), held_by_others(found)
            left = [vote for vote in _votes_of(out) if vote not in others]
            moved = restore(votes=left, reason=ExclusionReason.INTEGRITY, by=by)
            out.update(excluded=False)
        return CaseDecision.objects.create(
            case=found, action=wanted, votes=moved, words=words.strip()[:MOST_WORDS], by=by
        )


def _votes_of(rows: QuerySet[CaseVote]) -> list[int]:
    return list(rows.order_by("vote").values_list("vote", flat=True))


def held_by_others(case: Case) -> set[int]:
    """Return the votes of this case that stand excluded by another one, too."""
    own = CaseVote.objects.filter(case=case).values("vote")
    others = CaseVote.objects.filter(excluded=True, vote__in=own)
    return set(others.exclude(case=case).values_list("vote", flat=True))
