"""A code works once, for a while, for its voter; nobody can guess one."""

from __future__ import annotations

import pytest

from arena.core.redis import client
from arena.mine.services import UnknownCode, follow_code, make_code, take_code, transfer
from arena.voters.models import Voter
from arena.voters.selectors import COOKIE, identity_from
from arena.voters.services import end_sign_ins
from tests.arena.at_once import at_once
from tests.arena.battle_pages.browsing import Visitor
from tests.factories import make_vote

TRANSFER, ENTER = "/mine/transfer/", "/mine/transfer/enter/"


def test_a_code_is_for_one_use(voter):
    code = make_code(voter=voter.pk)
    assert take_code(code=f" {code.lower()} ") == (voter.pk, "")
    with pytest.raises(UnknownCode):
        take_code(code=code)


def test_of_many_who_use_it_at_once_one_succeeds(voter):
    code = make_code(voter=voter.pk)

    def use(_number):
        try:
            return take_code(code=code)
        except UnknownCode:
            return None

    assert sorted(at_once(use, range(8)), key=bool) == [None] * 7 + [(voter.pk, "")]


def test_a_new_code_makes_the_one_before_void_and_redis_has_neither(voter):
    first, second = (make_code(voter=voter.pk) for _ in range(2))
    values = [client().get(key) for key in client().keys("va:transfer*")]
    stored = b" ".join([*client().keys("*"), *values])
    for code in (first, second):
        assert code.replace("-", "").encode() not in stored
    assert all(0 < client().ttl(key) <= 600 for key in client().keys("va:transfer*"))
    with pytest.raises(UnknownCode):
        take_code(code=first)
    assert take_code(code=second) == (voter.pk, "")


def test_a_code_has_more_than_75_bits():
    assert len(set(transfer.LETTERS)) ** transfer.LENGTH > 2**75


def test_it_carries_the_battles_to_another_browser(browser, voter, models, commit):
    make_vote(models[0], models[1], voter=voter)
    shown = browser.post(TRANSFER).content.decode()
    code = shown.partition("<output>")[2].partition("</output>")[0]
    other = Visitor(commit)
    assert other.post(ENTER, {"code": code}).status_code == 303
    assert identity_from(other.cookies[COOKIE].value) == voter.pk
    assert "First" in other.get("/mine/").content.decode()


def test_a_code_of_a_sign_in_that_has_ended_is_worth_nothing(voter):
    before = make_code(voter=voter.pk)
    mark = end_sign_ins(voter=voter.pk).sign_in_mark
    with pytest.raises(UnknownCode):
        follow_code(code=before)
    assert follow_code(code=make_code(voter=voter.pk, mark=mark)) == voter


def test_a_browser_with_battles_has_to_say_that_it_leaves_them(stranger, voter, models):
    make_vote(models[0], models[1], voter=voter)
    own = identity_from(stranger.cookies[COOKIE].value)
    make_vote(models[0], models[1], voter=Voter.objects.get(pk=own))
    code = make_code(voter=voter.pk)
    refused = stranger.post(ENTER, {"code": code})
    assert refused.status_code == 400
    assert "tick the box" in refused.content.decode()
    assert stranger.post(ENTER, {"code": code, "leave": "on"}).status_code == 303


def test_guesses_are_limited_by_network(stranger, settings):
    settings.RATE_TRANSFERS = "3/hour"
    guesses = [stranger.post(ENTER, {"code": "A" * 16}).status_code for _ in range(5)]
    assert guesses == [400, 400, 400, 429, 429]
