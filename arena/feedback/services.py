"""Store what a voter adds to a vote. No rating is computed from any of it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Vote
from arena.battles.selectors import reading
from arena.core.errors import DomainError
from arena.feedback.models import CorrectnessMark, VoteReason
from arena.feedback.states import AnswerReason, Correctness
from inference_worker.wire.messages import SIDES


class UnknownFeedback(DomainError):
    """The side, the reason or the judgement is none of those on the page."""

    code = "unknown_feedback"
    message = _("That can't be said of an answer here. Nothing was stored.")


def say_reason(*, voter: UUID | None, public_id: str, side: str, reason: str, holds: bool) -> None:
    """Store a reason for or against one side's answer, or take it back; repeating changes nothing.

    Locks the vote. Raises NotFound without a vote of this voter, and UnknownFeedback.
    """
    vote = reading.own_vote(voter, public_id)
    if side not in SIDES or reason not in AnswerReason.values:
        raise UnknownFeedback
    with transaction.atomic():
        Vote.objects.select_for_update(no_key=True).get(pk=vote.pk)
        if holds:
            VoteReason.objects.get_or_create(vote=vote, side=side, reason=reason)
        else:
            VoteReason.objects.filter(vote=vote, side=side, reason=reason).delete()


def judge_correctness(*, voter: UUID | None, public_id: str, side: str, mark: str) -> None:
    """Store whether one side's answer is right, in place of what was said before; empty: nothing.

    Locks the vote. Raises NotFound without a vote of this voter, and UnknownFeedback.
    """
    vote = reading.own_vote(voter, public_id)
    if side not in SIDES or mark not in ("", *Correctness.values):
        raise UnknownFeedback
    with transaction.atomic():
        Vote.objects.select_for_update(no_key=True).get(pk=vote.pk)
        if mark:
            CorrectnessMark.objects.update_or_create(vote=vote, side=side, defaults={"mark": mark})
        else:
            CorrectnessMark.objects.filter(vote=vote, side=side).delete()
