"""The admin's form of a question: its answers, and the shares of a population."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arena.demographics.models import SurveyAnswer, SurveyQuestion
from arena.demographics.services import describe_voter
from tests.factories import make_voter

pytestmark = pytest.mark.django_db
ADD = "/admin/demographics/surveyquestion/add/"


def form(shares, slugs=("yes", "no", "maybe")):
    rows = list(zip(slugs, shares, strict=False))
    given = {"words": "Do you draw?", "slug": "draws", "position": "0", "is_asked": "on"}
    given |= {"population": "People of Utopia, its census of 2024"}
    given |= {"answers-TOTAL_FORMS": len(rows), "answers-INITIAL_FORMS": 0}
    for place, (slug, share) in enumerate(rows):
        facts = {"words": slug.title(), "slug": slug, "position": place, "share": share}
        given |= {f"answers-{place}-{name}": value for name, value in facts.items()}
    return given


def test_a_question_is_stored_with_answers_and_shares(admin_client):
    assert admin_client.post(ADD, form(["33.33", "66.67", "0"])).status_code == 302
    stored = dict(SurveyAnswer.objects.values_list("key", "share"))
    assert stored == {
        "draws=yes": Decimal("33.33"),
        "draws=no": Decimal("66.67"),
        "draws=maybe": Decimal(0),
    }


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        (["50", "60", "0"], "add up to 110"),
        (["100", "", ""], "State a share for each answer"),
        (["-1", "101", "0"], ""),
        (["NaN", "50", "50"], ""),
    ],
    ids=["too much", "not all", "below zero", "no number"],
)
def test_shares_that_describe_no_population_are_refused(admin_client, shares, words):
    response = admin_client.post(ADD, form(shares))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not SurveyQuestion.objects.exists()


@pytest.mark.parametrize("population", ["", " "])
def test_shares_without_the_words_whose_they_are_are_refused(admin_client, population):
    response = admin_client.post(ADD, form(["50", "50", "0"]) | {"population": population})
    assert "whom the shares are of" in response.content.decode()
    assert not SurveyQuestion.objects.exists()
    given = form(["", "", ""]) | {"population": population}
    assert admin_client.post(ADD, given).status_code == 302


def test_an_answer_is_removed_after_a_question_because_what_people_said_goes(admin_client):
    admin_client.post(ADD, form(["", "", ""]))
    question = SurveyQuestion.objects.get()
    describe_voter(voter=make_voter().pk, answers={"draws": "yes"})
    given = form(["", "", ""]) | {"answers-INITIAL_FORMS": 3, "answers-0-DELETE": "on"}
    for place, answer in enumerate(question.answers.all()):
        given |= {f"answers-{place}-id": answer.pk, f"answers-{place}-question": question.slug}
    page = f"/admin/demographics/surveyquestion/{question.pk}/change/"
    asked = admin_client.post(page, given).content.decode()
    assert "what they said is deleted with the answer" in asked
    assert "<li>Yes</li>" in asked
    assert question.answers.count() == 3
    admin_client.post(page, given | {"confirmed": "Remove"})
    assert list(question.answers.values_list("slug", flat=True)) == ["no", "maybe"]


def test_an_answer_twice_is_refused_and_a_slug_never_changes(admin_client):
    assert admin_client.post(ADD, form(["", "", ""], ("a", "a", "b"))).status_code == 200
    admin_client.post(ADD, form(["", "", ""]))
    question = SurveyQuestion.objects.get()
    changed = form(["", "", ""], ("other", "no", "maybe"))
    for place, answer in enumerate(question.answers.all()):
        changed |= {f"answers-{place}-id": answer.pk, f"answers-{place}-question": question.slug}
    changed |= {"answers-INITIAL_FORMS": 3}
    admin_client.post(f"/admin/demographics/surveyquestion/{question.pk}/change/", changed)
    assert set(question.answers.values_list("slug", flat=True)) == {"yes", "no", "maybe"}


def test_the_list_counts_nobody_below_ten(admin_client):
    admin_client.post(ADD, form(["", "", ""]))
    page = "/admin/demographics/surveyquestion/"
    for _ in range(9):
        describe_voter(voter=make_voter().pk, answers={"draws": "yes"})
    assert "fewer than 10" in admin_client.get(page).content.decode()
    describe_voter(voter=make_voter().pk, answers={"draws": "no"})
    assert "fewer than 10" not in admin_client.get(page).content.decode()
