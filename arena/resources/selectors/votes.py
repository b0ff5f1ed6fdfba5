"""Numbers of votes that were cast, that count, and that do not count, by reason."""

from __future__ import annotations

from django.db.models import Count, Max

from arena.battles.models import DrawPlan
from arena.boards.selectors import pairing_policy
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.head import head
from arena.ledger.selectors.votes import backlog
from arena.ledger.states import EntryKind
from arena.resources.vote_schemas import DrawPlanAnswer, PlannedPair, ReasonTally, VoteCounts

MOST_WAITING = 1_000_000


def vote_counts() -> VoteCounts:
    """Return the numbers of all votes. Entries that only changed labels move none of them.

    What is out is read from the partial index of decisions.
    """
    top = head()
    entries = LedgerEntry.objects.filter(number__lte=top.number).order_by()
    decisions = entries.exclude(kind=EntryKind.VOTE)
    votes = top.number - decisions.count()
    about = decisions.values("vote", "source", "source_key").annotate(last=Max("number"))
    last = LedgerEntry.objects.filter(number__in=about.values("last"), kind=EntryKind.EXCLUSION)
    out = dict(last.order_by().values_list("reason").annotate(votes=Count("pk")))
    waiting = backlog(MOST_WAITING).votes
    counted = votes - sum(out.values())
    imported = entries.filter(kind=EntryKind.VOTE, vote=None).count()
    tallies = {"counted": counted, "waiting": waiting, **dict(sorted(out.items()))}
    return VoteCounts(
        cast=votes + waiting,
        counted=counted,
        imported=imported,
        waiting=waiting,
        ledger_number=top.number,
        ledger_hash=top.hash,
        tallies=[ReasonTally(reason=reason, votes=count) for reason, count in tallies.items()],
    )


def draw_plan(*, skip: int, limit: int) -> DrawPlanAnswer:
    """Return a page of the pairs of the plan in force, the likeliest first."""
    plan = DrawPlan.objects.order_by("-id").first()
    pairs = sorted(plan.pairs, key=lambda pair: (-pair[2], pair[0], pair[1])) if plan else []
    return DrawPlanAnswer(
        strategy=plan.policy if plan else pairing_policy().strategy,
        as_of=plan.created_at if plan else None,
        basis=plan.basis if plan else "",
        pairs=[
            PlannedPair(model_a=a, model_b=b, probability=probability)
            for a, b, probability in pairs[skip : skip + limit]
        ],
        next=str(skip + limit) if len(pairs) > skip + limit else "",
    )
