"""The page on which voters say, change and delete what they say of themselves."""

from __future__ import annotations

import pytest

from arena.demographics.models import SelfDescription, SurveyQuestion
from arena.demographics.services import VOTES_BEFORE, describe_voter, fill_questions
from arena.mine.services.exporting import facts_of_voter
from arena.privacy.services import erase_voter
from tests.factories import make_vote

ABOUT = "/mine/about/"


@pytest.fixture
def asked(db):
    fill_questions()
    SurveyQuestion.objects.filter(slug="age").update(is_asked=True)


def text(browser, path=ABOUT):
    return browser.get(path).content.decode()


def test_an_arena_that_asks_nothing_says_so(browser, client):
    assert "asks its voters nothing" in text(browser)
    assert "About you" not in text(browser, "/mine/")
    assert client.post(ABOUT, {"age": "30-49"}).status_code == 404


def test_a_voter_says_sees_changes_and_deletes_it(browser, asked, voter):
    assert "How old are you?" in text(browser)
    assert "What do you work in?" not in text(browser)
    browser.commit(browser.post, ABOUT, {"age": "30-49"})
    assert '<option value="30-49" selected>' in text(browser)
    assert "You said a few things" in text(browser, "/mine/")
    browser.commit(browser.post, ABOUT, {"action": "delete"})
    assert not SelfDescription.objects.exists()


def test_a_stranger_sees_nothing_of_it_and_no_text_is_taken(browser, stranger, asked, voter):
    describe_voter(voter=voter.pk, answers={"age": "30-49"})
    assert '"30-49" selected' not in text(stranger)
    refused = browser.commit(browser.post, ABOUT, {"age": "<b>44</b>"})
    assert refused.status_code == 400
    assert SelfDescription.objects.get().answer_id == "age=30-49"


def test_it_is_exported_and_erased_with_the_voter(asked, voter):
    describe_voter(voter=voter.pk, answers={"age": "30-49"})
    [row] = facts_of_voter(voter.pk)["voter"]["demographics.selfdescription"]
    assert (row["question"], row["answer"]) == ("age", "age=30-49")
    erase_voter(voter=voter.pk)
    assert not SelfDescription.objects.exists()


def test_the_facts_after_a_vote_ask_once(browser, asked, models, voter):
    votes = [make_vote(models[0], models[1], voter=voter) for _ in range(VOTES_BEFORE)]
    path = f"/battles/{votes[-1].battle.public_id}/facts"
    shown = [ABOUT in text(browser, path) for _ in range(3)]
    assert shown == [True, False, False]
