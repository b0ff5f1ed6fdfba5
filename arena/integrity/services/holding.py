"""Let votes on a model wait while an alarm about it is open: those that carry the evidence, until
somebody decides, and those of voters who are not known, for some days at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from arena.battles.models import Vote
from arena.battles.selectors import reading
from arena.core.locks import exclusive
from arena.integrity.models import Case, CaseVote, HeldVote
from arena.integrity.selectors.restorations import left_to_take_out, let_count
from arena.integrity.states import ALARMS, CaseStatus
from arena.ledger.models import ModelHold
from arena.ledger.selectors.events import last_events
from arena.ledger.selectors.head import LOCK
from arena.ledger.selectors.votes import waits_now, waits_under
from arena.ledger.services.exclusions import PIECE, exclude, restore
from arena.ledger.services.withdrawing import reinstate_vote
from arena.ledger.states import ExclusionReason

WAITS = ExclusionReason.PROVISIONAL


def hold_votes() -> int:
    """See to it that votes of voters who are not known wait on each model with an open alarm;
    return how many are new among those that wait.

    A transaction for each alarm, which locks its row and then the ledger, as a decision does.
    """
    if not settings.HOLD_HOURS:
        return 0
    rows = Case.objects.filter(status=CaseStatus.OPEN, kind__in=ALARMS, card__isnull=False)
    return sum(_hold(case) for case in rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _hold(case: int) -> int:
    found = Case.objects.select_for_update(of=("self",)).get(pk=case)
    if found.status != CaseStatus.OPEN or found.card_id is None:
        return 0
    hold = _hold_since(found.card_id, _first_vote(found))
    total, young = 0, Q(created_at__gte=_oldest_undecided())
    for votes in _votes_behind(found, waits_under(hold) & young):
        exclude(votes=left_to_take_out(votes), reason=WAITS)
        total += _take_note(found, votes)
    return total


def _hold_since(card: int, first: Vote | None) -> ModelHold:
    """Return the hold on a model, which begins with the first vote that an alarm is about."""
    begin = first.created_at if first else timezone.now()
    hold, _ = ModelHold.objects.get_or_create(card_id=card, defaults={"since": begin})
    if begin < hold.since:
        hold.since = begin
        hold.save(update_fields=["since"])
    return hold


def _first_vote(case: Case) -> Vote | None:
    first = CaseVote.objects.filter(case=case).aggregate(first=Min("vote"))["first"]
    return Vote.objects.filter(pk=first).first()


def _votes_behind(case: Case, which: Q) -> Iterator[list[int]]:
    """Yield, in pieces, votes on a case's model that the case does not hold yet, from the first
    vote on that it is about."""
    first = _first_vote(case)
    on_model = Q(version_a__card=case.card_id) | Q(version_b__card=case.card_id)
    held = HeldVote.objects.filter(case=case).values("vote")
    votes = Vote.objects.filter(on_model, which, betrayed=False, unlisted=False)
    yield from _pieces(votes.exclude(pk__in=held), first.pk - 1 if first else -1)


def _pieces(votes: QuerySet[Vote], after: int) -> Iterator[list[int]]:
    keys = votes.order_by("pk").values_list("pk", flat=True)
    while piece := list(keys.filter(pk__gt=after)[:PIECE]):
        yield piece
        after = piece[-1]


def _take_note(case: Case, votes: list[int], *, carries: bool = False) -> int:
    """Store which of these votes wait now, or will when they are put back; return how many."""
    events = last_events(votes).items()
    may_wait = (WAITS, ExclusionReason.WITHDRAWN)
    waiting = [vote for vote, event in events if not event.counts and event.reason in may_wait]
    rows = (HeldVote(case=case, vote_id=vote, carries=carries) for vote in waiting)
    HeldVote.objects.bulk_create(rows, ignore_conflicts=True)
    return len(waiting)


def hold_carriers(case: Case, votes: list[int]) -> int:
    """Let these votes of an open alarm wait, whoever cast them, until somebody decides; return how
    many did not carry its evidence before. To be called under the lock of examinations.

    One that did is left alone: an operator may have let it count meanwhile.
    """
    with transaction.atomic():
        found = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        if found.status != CaseStatus.OPEN or not settings.HOLD_HOURS:
            return 0
        total, held = 0, HeldVote.objects.filter(case=found)
        known = held.filter(carries=True, lapsed=False)
        for start in range(0, len(votes), PIECE):
            keys = votes[start : start + PIECE]
            fresh = sorted({*keys} - {*known.filter(vote__in=keys).values_list("vote", flat=True)})
            exclude(votes=left_to_take_out(fresh), reason=WAITS)
            held.filter(vote__in=fresh).update(carries=True, lapsed=False)
            total += _take_note(found, fresh, carries=True)
        return total


def _oldest_undecided() -> datetime:
    """Return when the oldest votes were cast that may wait for their new voter alone."""
    days = settings.HOLD_DAYS
    return timezone.now() - timedelta(days=days) if days else datetime.fromtimestamp(0, UTC)


def lapse_holds() -> int:
    """Let the votes count that have waited for ``HOLD_DAYS`` without a decision and carry no
    evidence, or all where ``HOLD_HOURS`` lets none wait any more; return how many do."""
    old = HeldVote.objects.filter(lapsed=False)
    if settings.HOLD_HOURS:
        old = old.filter(carries=False, vote__created_at__lt=_oldest_undecided())
    cases = list(Case.objects.filter(pk__in=old.values("case")).order_by("pk"))
    return sum(_lapse(case, old.filter(case=case)) for case in cases)


@transaction.atomic
def _lapse(case: Case, old: QuerySet[HeldVote]) -> int:
    Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    total = 0
    with exclusive(LOCK):
        for votes in _pieces(_votes_in(old), 0):
            HeldVote.objects.filter(case=case, vote__in=votes).update(lapsed=True)
            total += _restore_unheld(case, votes)
    return total


def release_votes(case: Case) -> int:
    """Let what waited for this case count again; return how many votes do.

    A vote on which another alarm is open waits for that one, and one of which another case stands
    excluded is excluded with that one's reason. To be called in a transaction that has locked the
    case's row, which then is not open any more. Holds the ledger's lock until its end, so that no
    fold lets one more vote wait for a decision that was taken.
    """
    with exclusive(LOCK):
        holds = ModelHold.objects.filter(card=case.card_id)
        for votes in _votes_behind(case, Q()) if holds.exists() else ():
            _take_note(case, votes)
        alarms = Case.objects.filter(status=CaseStatus.OPEN, kind__in=ALARMS, card=case.card_id)
        others = [_first_vote(one) for one in alarms.exclude(pk=case.pk)]
        if not others:
            holds.delete()
        elif found := [vote.created_at for vote in others if vote]:
            holds.update(since=min(found))
        own = HeldVote.objects.filter(case=case)
        return sum(_free(case, votes) for votes in _pieces(_votes_in(own), 0))


def _votes_in(rows: QuerySet[HeldVote]) -> QuerySet[Vote]:
    return Vote.objects.filter(pk__in=rows.values("vote"))


def _free(case: Case, votes: list[int]) -> int:
    HeldVote.objects.filter(case=case, vote__in=votes).delete()
    return _restore_unheld(case, votes)


def _restore_unheld(case: Case, votes: list[int]) -> int:
    """Let those of these votes count that wait for no alarm any more; return how many do."""
    rows = HeldVote.objects.filter(vote__in=votes, lapsed=False)
    left = sorted(set(votes) - set(rows.values_list("vote", flat=True)))
    freed = restore(votes=left, reason=WAITS)
    out = CaseVote.objects.filter(excluded=True, vote__in=left)
    elsewhere = list(out.exclude(case=case).values_list("vote", flat=True).distinct())
    return freed - exclude(votes=left_to_take_out(elsewhere), reason=ExclusionReason.INTEGRITY)


@transaction.atomic
def put_back_vote(*, voter: UUID | None, public_id: str) -> bool:
    """Let a vote count again that its voter took back; return False where it was not taken back.

    One that waited for a decision waits on, and so does a new voter's on a model with an open
    alarm. One of which a case stands excluded stays out: it had been taken back when that was
    decided, and had nothing to lose then. What an operator has let count by hand counts. Waits for
    the ledger's lock. Raises NotFound as ``reinstate_vote`` does.
    """
    put_back = reinstate_vote(voter=voter, public_id=public_id)
    vote = reading.own_vote(voter, public_id)
    if not put_back or let_count([vote.pk]):
        return put_back
    if CaseVote.objects.filter(vote=vote, excluded=True).exists():
        exclude(votes=[vote.pk], reason=ExclusionReason.INTEGRITY)
    elif _must_wait(vote):
        exclude(votes=[vote.pk], reason=WAITS)
    return True


def _must_wait(vote: Vote) -> bool:
    """Return whether a vote waits, but for its voter's taking it back."""
    lapsed = list(HeldVote.objects.filter(vote=vote).values_list("lapsed", flat=True))
    if lapsed:
        return not all(lapsed)
    return vote.created_at >= _oldest_undecided() and waits_now(vote)


def exclude_for_good(votes: Iterable[int], by: str = "") -> int:
    """Take votes out of the counts as rigged, those that only waited, too; return how many.

    Where nobody decides this but the arena, those that an operator has let count are left alone.
    """
    keys = list(votes)
    keys = keys if by else left_to_take_out(keys)
    restore(votes=keys, reason=WAITS, by=by)
    return exclude(votes=keys, reason=ExclusionReason.INTEGRITY, by=by)
