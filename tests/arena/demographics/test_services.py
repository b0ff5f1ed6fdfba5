"""What voters say of themselves: closed answers, one to a question, gone when they want it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import Battle
from arena.core.errors import DomainError
from arena.demographics.models import SelfDescription, SurveyInvitation, SurveyQuestion
from arena.demographics.selectors import descriptions_of
from arena.demographics.services import (
    VOTES_BEFORE,
    describe_voter,
    fill_questions,
    forget_absent_voters,
    invite_voter,
)
from arena.demographics.words import SHIPPED
from tests.factories import make_models, make_vote, make_voter

pytestmark = pytest.mark.django_db


@pytest.fixture
def voter():
    fill_questions()
    SurveyQuestion.objects.filter(slug__in=["age", "profession"]).update(is_asked=True)
    return make_voter()


def test_the_shipped_questions_are_made_once_and_none_is_asked():
    assert fill_questions() == list(SHIPPED)
    SurveyQuestion.objects.filter(slug="age").update(words="Your age?", is_asked=True)
    assert fill_questions() == []
    assert list(SurveyQuestion.objects.filter(is_asked=True).values_list("words")) == [
        ("Your age?",)
    ]


def test_an_answer_is_stored_changed_and_taken_back(voter):
    describe_voter(voter=voter.pk, answers={"age": "30-49", "profession": ""})
    assert descriptions_of(voter.pk) == {"age": "age=30-49"}
    describe_voter(voter=voter.pk, answers={"age": "50-64"})
    assert descriptions_of(voter.pk) == {"age": "age=50-64"}
    describe_voter(voter=voter.pk, answers={"age": ""})
    assert descriptions_of(voter.pk) == {}


@pytest.mark.parametrize(
    "answers",
    [{"age": "I am 44"}, {"language": "de"}, {"shoe": "44"}, {"age": "teaching"}],
    ids=["a text", "a question that is not asked", "no question", "another question's answer"],
)
def test_nothing_but_an_offered_answer_is_stored(voter, answers):
    with pytest.raises(DomainError):
        describe_voter(voter=voter.pk, answers=answers)
    assert not SelfDescription.objects.exists()


def test_a_voter_is_asked_once_after_some_votes_and_never_again(voter):
    pair = make_models("first", "second")
    asked = []
    for _ in range(VOTES_BEFORE + 2):
        make_vote(*pair, voter=voter)
        asked.append(invite_voter(voter=voter.pk))
    assert asked == [*[False] * (VOTES_BEFORE - 1), True, False, False]
    SurveyInvitation.objects.all().delete()
    describe_voter(voter=voter.pk, answers={"age": "30-49"})
    assert not invite_voter(voter=voter.pk)
    SurveyQuestion.objects.update(is_asked=False)
    SelfDescription.objects.all().delete()
    assert not invite_voter(voter=voter.pk)


def test_what_an_absent_voter_said_goes_after_a_year(voter, settings):
    returning, pair = make_voter(), make_models("first", "second")
    for one in (voter, returning):
        describe_voter(voter=one.pk, answers={"age": "30-49"})
        make_vote(*pair, voter=one)
    long_ago = timezone.now() - timedelta(days=settings.GROUP_DAYS + 1)
    SelfDescription.objects.update(changed_at=long_ago)
    assert forget_absent_voters() == 0
    Battle.objects.filter(voter=voter).update(created_at=long_ago)
    assert forget_absent_voters() == 1
    assert list(SelfDescription.objects.values_list("voter", flat=True)) == [returning.pk]
