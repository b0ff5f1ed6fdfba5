"""Writing what voters say of themselves, and when it goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from arena.battles.models import Battle, Vote
from arena.core.errors import DomainError
from arena.demographics.models import (
    SelfDescription,
    SurveyAnswer,
    SurveyInvitation,
    SurveyQuestion,
)
from arena.demographics.selectors import is_anything_asked
from arena.demographics.words import SHIPPED
from arena.voters.models import Voter

VOTES_BEFORE = 5
"""A voter is asked once, after so many votes."""


@transaction.atomic
def describe_voter(*, voter: UUID, answers: Mapping[str, str]) -> None:
    """Store what a voter says to questions that are asked; an empty answer takes one back.

    ``answers`` are slugs of answers by slug of the question. Locks the voter, so that two forms
    sent at once leave one of them whole. Raises DomainError for an unknown question or answer.
    """
    Voter.objects.select_for_update().filter(pk=voter).first()
    offered = SurveyAnswer.objects.filter(question__slug__in=answers, question__is_asked=True)
    known = {one.key: one for one in offered.select_related("question")}
    asked = {one.question.slug for one in known.values()}
    for question, slug in answers.items():
        answer = known.get(f"{question}={slug}")
        if question not in asked or (slug and answer is None):
            raise DomainError
        if answer is None:
            SelfDescription.objects.filter(voter=voter, question__slug=question).delete()
            continue
        SelfDescription.objects.update_or_create(
            voter_id=voter, question=answer.question, defaults={"answer": answer}
        )


def forget_voter(*, voter: UUID) -> None:
    """Delete everything that a voter said of themselves; they are not asked again."""
    SelfDescription.objects.filter(voter=voter).delete()


def forget_absent_voters() -> int:
    """Delete what was said by voters who neither voted nor changed it for ``ARENA_GROUP_DAYS``
    days; return how many answers went."""
    before = timezone.now() - timedelta(days=settings.GROUP_DAYS)
    later = Battle.objects.filter(voter=OuterRef("voter"), created_at__gte=before)
    due = SelfDescription.objects.filter(~Exists(later), changed_at__lt=before)
    return due.delete()[0]


def invite_voter(*, voter: UUID) -> bool:
    """Return whether to ask a voter now, and remember that they were asked.

    True once in the life of a voter: after enough votes, where a question is asked and this voter
    has answered none. Two pages at once ask on one of them.
    """
    if not is_anything_asked() or SurveyInvitation.objects.filter(voter=voter).exists():
        return False
    if Vote.objects.filter(voter=voter)[:VOTES_BEFORE].count() < VOTES_BEFORE:
        return False
    if SelfDescription.objects.filter(voter=voter).exists():
        return False
    return SurveyInvitation.objects.get_or_create(voter_id=voter)[1]


def fill_questions() -> list[str]:
    """Make the questions that an arena starts with, where they are missing; return their slugs.

    None is asked until an operator says so, and what an operator changed stays as it is.
    """
    made = []
    for position, (slug, shipped) in enumerate(SHIPPED.items()):
        given = {"words": shipped.words, "position": position}
        question, is_new = SurveyQuestion.objects.get_or_create(slug=slug, defaults=given)
        if not is_new:
            continue
        made.append(slug)
        for place, (answer, words) in enumerate(shipped.answers.items()):
            SurveyAnswer.objects.create(question=question, slug=answer, words=words, position=place)
    return made
