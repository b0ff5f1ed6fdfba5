"""Reading which questions are asked, and what voters said of themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext

from arena.demographics.models import SelfDescription, SurveyAnswer, SurveyQuestion

QUESTION_MARK = "="
"""What stands between a question and its answer in the key of an answer."""


def asked_questions() -> list[SurveyQuestion]:
    """Return the questions that are asked, with their answers, in the operator's order."""
    return list(SurveyQuestion.objects.filter(is_asked=True).prefetch_related("answers"))


def is_anything_asked() -> bool:
    """Return whether the operator asks any question."""
    return SurveyQuestion.objects.filter(is_asked=True).exists()


def descriptions_of(voter: UUID) -> dict[str, str]:
    """Return the answers of a voter by question, each by its key."""
    rows = SelfDescription.objects.filter(voter=voter)
    return dict(rows.values_list("question__slug", "answer__key"))


def question_of(group: str) -> str:
    """Return the question of a group, which is named by an answer or by the question alone."""
    return group.partition(QUESTION_MARK)[0]


def answers_by_voter(question: str) -> dict[UUID, str]:
    """Return who gave which answer to a question. Nothing of it may leave the process."""
    rows = SelfDescription.objects.filter(question__slug=question)
    return dict(rows.values_list("voter_id", "answer__key"))


def people_by_answer(question: str) -> Counter[str]:
    """Return how many people gave each answer, whether or not they voted."""
    return Counter(answers_by_voter(question).values())


def shares_of(question: str) -> dict[str, float]:
    """Return the stated shares of a population by answer, which add up to 1; empty without any."""
    rows = SurveyAnswer.objects.filter(question__slug=question).exclude(share=None)
    return {key: float(share) / 100.0 for key, share in rows.values_list("key", "share") if share}


def group_words() -> Mapping[str, str]:
    """Return the words of every answer and question by key, in the reader's language."""
    answers = SurveyAnswer.objects.values_list("key", "words")
    questions = SurveyQuestion.objects.values_list("slug", "words")
    return {key: gettext(words) for key, words in (*answers, *questions)}
