"""The list of one's own battles: complete for its voter, absent for everybody else."""

from __future__ import annotations

import re

import pytest
from django.utils.html import escape

from arena.battles.models import Generation, Turn
from arena.battles.states import BattleState
from arena.integrity.models import Case, CaseVote
from arena.integrity.services.decisions import decide_case
from arena.integrity.services.holding import hold_votes
from arena.integrity.states import CaseAction, CaseKind
from arena.ledger.models import LedgerEntry
from arena.ledger.services.folding import fold
from arena.mine.done import DONE
from arena.mine.selectors import battles
from arena.reveal.models import SharedBattle
from tests.arena.battle_pages.browsing import HTML
from tests.arena.ledger.adding_up import counted, difference
from tests.arena.privacy.conftest import SECRET
from tests.factories import make_battle, make_vote, make_voter

MINE, CHANGE, VOTE = "/mine/", "/mine/change/", "/mine/vote/"


def page(browser, **asked):
    return browser.get(MINE, asked).content.decode()


def status(shown):
    return re.findall(r'role="status">([^<]*)<', shown)


def change(browser, action, *chosen, **more):
    form = {"action": action, "battle": [one.public_id for one in chosen], **more}
    return browser.commit(browser.post, CHANGE, form)


def test_a_browser_without_votes_is_told_what_will_stand_here(client):
    response = client.get(MINE)
    assert response.status_code == 200
    assert "has not voted yet" in response.content.decode()


def test_the_list_has_picture_question_answers_choice_and_names(browser, told, models, voter):
    battle = told(voter=voter, version_a=models[0], version_b=models[1])
    shown = page(browser)
    for words in (f"What is {SECRET}?", f"It is {SECRET}.", "A is better", "First", "Second"):
        assert words in shown
    assert f"/battles/{battle.public_id}/image" in shown


def test_no_battle_is_listed_before_its_vote(browser, models, voter):
    for state in set(BattleState) - {BattleState.VOTED}:
        make_battle(models[0], models[1], voter=voter, state=state)
    shown = page(browser)
    assert "First" not in shown
    assert "no battles with a vote" in shown


def test_what_was_asked_by_name_is_listed_as_not_counted_and_can_be_deleted(browser, models, voter):
    asked = {"voter": voter, "mode": "side_by_side", "state": "answered"}
    battle = make_battle(*models[:2], a={"text": f"It is {SECRET}."}, **asked)
    Turn.objects.filter(battle=battle).update(prompt=f"What is {SECRET}?")
    shown = page(browser)
    for words in (f"What is {SECRET}?", "First", "Two models chosen by name", "not counted"):
        assert words in shown
    assert "Take the vote back" not in shown
    assert SECRET in page(browser, q=SECRET)
    assert change(browser, "publish", battle).headers["location"].endswith("done=publish-named")
    assert change(browser, "delete", battle, confirmed="1").status_code == 303
    assert SECRET not in page(browser)
    assert "content deleted" in page(browser)


def test_a_stranger_sees_changes_and_reaches_nothing(stranger, told, voter):
    battle = told(voter=voter)
    assert SECRET not in page(stranger)
    for action in ("publish", "withdraw"):
        assert change(stranger, action, battle).status_code == 404
    assert change(stranger, "delete", battle, confirmed="1").status_code == 404
    for address in ("", "image", "reveal"):
        assert stranger.get(f"/battles/{battle.public_id}/{address}").status_code == 404
    battle.refresh_from_db()
    assert (battle.erased_at, battle.publish) == (None, False)


def test_a_browser_without_identity_can_change_nothing(client, told):
    battle = told()
    for path in (CHANGE, "/mine/export/", "/mine/transfer/"):
        form = {"action": "delete-all", "confirmed": "1", "battle": battle.public_id}
        assert client.post(path, form).status_code == 404


@pytest.mark.parametrize("words", [SECRET.upper(), "what is", "second"])
def test_the_search_finds_questions_answers_and_models(browser, told, models, voter, words):
    told(voter=voter, version_a=models[0], version_b=models[1])
    make_vote(models[0], models[2], voter=voter)
    Generation.objects.exclude(text__contains=SECRET).update(text="Nothing")
    Turn.objects.exclude(prompt__contains=SECRET).update(prompt="Else")
    assert len(battles.own_page(voter.pk, words=words).battles) == 1
    assert not battles.own_page(voter.pk, words="%").battles


def test_pages_follow_each_other_and_no_battle_is_lost(browser, models, voter, monkeypatch):
    monkeypatch.setattr(battles, "PAGE", 2)
    ids = [make_vote(models[0], models[1], voter=voter).battle.public_id for _ in range(5)]
    seen, before = [], None
    while True:
        found = battles.own_page(voter.pk, before=before)
        seen += [one.public_id for one in found.battles]
        before = found.before
        if before is None:
            break
    assert seen == ids[::-1]
    assert page(browser, before="no number")


def test_a_deletion_asks_first_and_then_erases_what_was_ticked(browser, told, voter):
    first, second = told(voter=voter), told(voter=voter)
    asked = change(browser, "delete", first)
    assert "be undone" in asked.content.decode()
    first.refresh_from_db()
    assert first.erased_at is None
    deleted = change(browser, "delete", first, confirmed="1")
    assert (deleted.status_code, deleted["Clear-Site-Data"]) == (303, '"cache"')
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.erased_because, second.erased_at) == ("voter", None)
    assert "content deleted" in page(browser)


def test_everything_can_be_deleted_battles_without_a_vote_too(browser, told, voter):
    told(voter=voter)
    make_battle(voter=voter)
    change(browser, "delete-all", confirmed="1")
    assert not Turn.objects.exclude(prompt="").exists()
    assert not Generation.objects.exclude(text="").exists()


def test_consent_is_changed_for_one_and_for_all(browser, told, voter):
    first, second = told(voter=voter), told(voter=voter)
    change(browser, "publish", first)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.publish, second.publish) == (True, False)
    change(browser, "publish-all")
    second.refresh_from_db()
    voter.refresh_from_db()
    assert second.publish
    assert voter.publish
    change(browser, "withdraw-all")
    first.refresh_from_db()
    assert first.publish is False


def test_a_vote_is_taken_back_and_counts_again_where_the_list_was_left(browser, told, voter):
    battle = told(voter=voter)
    for action, words in (("take-back", "taken back"), ("put-back", "Take the vote back")):
        form = {"vote": f"{action}:{battle.public_id}", "q": "is it"}
        led = browser.commit(browser.post, VOTE, form)
        told_of = f"done={action}&at={battle.public_id}#battle-{battle.public_id}"
        assert led["Location"] == f"/mine/?q=is+it&{told_of}"
        assert words in page(browser)
        assert browser.commit(browser.post, VOTE, form).status_code == 303
    kinds = LedgerEntry.objects.order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["vote", "exclusion", "restoration"]


@pytest.mark.parametrize("action", ["publish", "withdraw", "delete"])
def test_nothing_is_changed_or_asked_where_nothing_was_ticked(browser, told, voter, action):
    battle = told(voter=voter)
    for more in ({}, {"confirmed": "1"}):
        led = change(browser, action, **more)
        assert led["Location"] == "/mine/?done=nothing"
    assert status(page(browser, done="nothing")) == ["No battle was ticked. Nothing was changed."]
    battle.refresh_from_db()
    assert (battle.erased_at, battle.publish) == (None, False)


@pytest.mark.parametrize("action", ["publish", "withdraw", "delete"])
@pytest.mark.parametrize("suffix", ["", "-all"])
def test_one_line_says_what_was_done(browser, told, voter, action, suffix):
    chosen = () if suffix else (told(voter=voter),)
    told(voter=voter)
    led = change(browser, action + suffix, *chosen, confirmed="1")
    assert led["Location"] == f"/mine/?done={action}{suffix}"
    assert status(page(browser, done=action + suffix)) == [str(DONE[action + suffix])]


def test_the_line_of_a_vote_stands_at_its_battle_and_says_what_holds(browser, told, voter):
    battle, other = told(voter=voter), told(voter=voter)
    for action, undone in (("take-back", "put-back"), ("put-back", "take-back")):
        form = {"vote": f"{action}:{battle.public_id}"}
        browser.commit(browser.post, VOTE, form)
        shown = page(browser, done=action, at=battle.public_id)
        assert status(shown) == [escape(DONE[action])]
        assert shown.index('role="status"') > shown.index(f'id="battle-{battle.public_id}"')
        assert status(page(browser, done=undone, at=battle.public_id)) == []
    assert status(page(browser, done="take-back", at=other.public_id)) == []


def test_no_other_word_is_said_or_reflected(browser, told, voter):
    told(voter=voter)
    for asked in ({"done": "wrongword"}, {"done": "take-back", "at": "wrongword"}):
        shown = page(browser, **asked)
        assert status(shown) == []
        assert "wrongword" not in shown


def test_an_erased_battle_says_once_that_its_vote_counts_unless_it_does_not(browser, told, voter):
    battle = told(voter=voter)
    first = battle.turns.get()
    Turn.objects.create(battle=battle, number=first.number + 1, prompt="", image=first.image)
    change(browser, "delete", battle, confirmed="1")
    assert page(browser).count("still counts") == 1
    browser.commit(browser.post, VOTE, {"vote": f"take-back:{battle.public_id}"})
    shown = page(browser)
    assert "still counts" not in shown
    assert "Count it after all" in shown


def test_times_say_that_they_are_utc(browser, told, voter):
    told(voter=voter)
    assert " UTC</time>" in page(browser)


def test_nobody_takes_back_the_vote_of_another_browser(browser, stranger, told, voter):
    battle = told(voter=voter)
    own = f"take-back:{battle.public_id}"
    for who, deed in ((stranger, own), (browser, "take-back:nobodys"), (browser, "steal")):
        assert who.commit(who.post, VOTE, {"vote": deed}).status_code == 404
    assert not LedgerEntry.objects.exists()


def test_public_pages_are_listed_for_their_voter_alone_and_deleted(browser, stranger, told, voter):
    battle = told(voter=voter)
    assert "Your public pages" not in page(browser)
    browser.do("share", battle)
    token = SharedBattle.objects.get().token
    assert f"/shared/{token}/" in page(browser)
    assert token not in page(stranger)
    led = browser.do("unshare", battle, headers=HTML, back="list")
    assert led["Location"] == MINE
    assert token not in page(browser)


def test_an_action_that_is_none_changes_nothing(browser, told, voter):
    assert change(browser, "steal", told(voter=voter)).status_code == 400


def test_what_people_and_models_wrote_is_text_here(browser, told):
    hostile = "<script>alert(1)</script>"
    battle = told(words=hostile, voter=make_voter())
    other = type(browser)(browser.commit, battle.voter)
    shown = page(other, q=hostile)
    assert hostile not in shown
    assert "&lt;script&gt;" in shown


def test_a_vote_is_not_taken_back_and_put_back_without_end(browser, voter, models, settings):
    settings.RATE_VOTES = "3/day"
    battle = make_vote(models[0], models[1], voter=voter).battle.public_id
    deeds = ("take-back", "put-back", "take-back", "put-back", "take-back")
    said = [browser.post(VOTE, {"vote": f"{deed}:{battle}"}).status_code for deed in deeds]
    assert said == [303] * 3 + [429] * 2
    assert browser.post(f"/battles/{battle}/reinstate").status_code == 429
    assert LedgerEntry.objects.count() == 1 + 3


def test_the_voter_is_told_that_an_account_is_needed(browser, voter, models, settings):
    settings.ACCOUNT_HOURS = 24
    vote = make_vote(models[0], models[1], voter=voter)
    vote.battle.gate_results.create(gate="account_age", verdict="fail", source="no account")
    fold()
    said = "votes count only of voters who have had an account for a while"
    assert said in page(browser)
    assert said in browser.get(f"/battles/{vote.battle.public_id}/facts").content.decode()


def test_a_vote_that_waits_is_said_to_and_is_taken_back_until_an_operator_decides(
    browser, voter, models
):
    vote = make_vote(models[0], models[1], voter=voter)
    case = Case.objects.create(kind=CaseKind.DRIFT, card=models[0].card, last_vote=vote.pk)
    CaseVote.objects.create(case=case, vote=vote)
    assert hold_votes() == 1
    said = "those that wait don&#x27;t count until that is done"
    battle = vote.battle.public_id
    for path in (MINE, f"/battles/{battle}/"):
        assert said in escape_once(browser.get(path, headers=HTML).content.decode())
    for action in ("take-back", "put-back"):
        browser.commit(browser.post, VOTE, {"vote": f"{action}:{battle}"})
        assert (said in escape_once(page(browser))) is (action == "put-back")
    assert counted() == 0
    decide_case(case=case.pk, action=CaseAction.DISMISS, by="ada")
    assert said not in escape_once(page(browser))
    assert (counted(), difference()) == (1, [])


def escape_once(shown):
    """Return a page with all apostrophes spelt in one way; templates leave some as they are."""
    return shown.replace("'", "&#x27;").replace("&#39;", "&#x27;")
