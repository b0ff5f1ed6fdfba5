"""Voters' accounts: the same battles in another browser, and no way into the admin."""

from __future__ import annotations

import time
from collections import Counter
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.core.management import CommandError, call_command
from django.test import Client

from arena.accounts import services
from arena.accounts.models import VoterAccount
from arena.accounts.selectors import account_of_link
from arena.accounts.services import (
    AccountExists,
    NameTaken,
    create_account,
    set_forgotten_password,
)
from arena.privacy.selectors import stored_data
from arena.voters.models import Voter
from arena.voters.selectors import COOKIE, SALT, identity_from
from tests.arena.at_once import at_once
from tests.arena.gates.counts import forget_counts
from tests.factories import make_battle, make_models, make_vote, make_voter
from tests.identity_provider import running_provider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
ACCOUNT, SIGN_IN = "/mine/account/", "/mine/sign-in/"
NAME, PASSWORD = "Ada.Lovelace", "a fish that reads the paper"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_counts()


@pytest.fixture
def voter():
    """Somebody with a vote."""
    found = make_voter()
    make_vote(*make_models("first", "second"), voter=found)
    return found


@pytest.fixture
def owner(voter):
    """The voter's browser, with an account."""
    browser = browser_of(voter)
    assert create(browser).status_code == 303
    return browser


def browser_of(voter=None):
    found = Client()
    if voter is not None:
        found.cookies[COOKIE] = signing.dumps(str(voter.pk), salt=SALT)
    return found


def create(browser, name=NAME, password=PASSWORD):
    return browser.post(ACCOUNT, {"name": name, "password": password, "again": password})


def sign_in(browser, name=NAME, password=PASSWORD, **more):
    return browser.post(SIGN_IN, {"name": name, "password": password, **more})


def identity(browser):
    return identity_from(browser.cookies[COOKIE].value) if COOKIE in browser.cookies else None


def test_another_browser_becomes_the_same_voter(owner, voter):
    other = browser_of()
    assert sign_in(other, " ada.LOVELACE ").headers["Location"] == "/mine/"
    assert identity(other) == voter.pk
    assert "First" in other.get("/mine/").content.decode()
    assert other.post("/mine/sign-out/").status_code == 303
    assert identity(other) is None
    assert "First" not in other.get("/mine/").content.decode()
    assert sign_in(owner).status_code == 303


def test_a_wrong_name_and_a_wrong_password_are_told_alike(owner):
    pages = [sign_in(browser_of(), *wrong) for wrong in ((NAME, "wrong"), ("nobody", PASSWORD))]
    assert [page.status_code for page in pages] == [400, 400]
    assert all("Name or password is wrong" in page.content.decode() for page in pages)


def test_guesses_are_counted_as_those_of_operators_are(owner):
    tried = Counter(sign_in(browser_of(), password="wrong").status_code for _ in range(7))
    assert tried == {400: 5, 429: 2}
    refused = sign_in(browser_of())
    assert refused.status_code == 429
    assert PASSWORD not in refused.content.decode()
    old = {"old": PASSWORD, "password": "another long password", "again": "another long password"}
    assert owner.post("/mine/account/password/", old).status_code == 429


def test_a_wrong_password_of_now_is_told_beside_its_field(owner):
    old = {"old": "wrong", "password": "another long password", "again": "another long password"}
    page = owner.post("/mine/account/password/", old).content.decode()
    assert "That is not the current password." in page
    assert "Name or password" not in page


def link_from_command(capsys, name=NAME):
    call_command("voter_password_link", name)
    return capsys.readouterr().out.strip()


def test_a_link_of_the_operator_sets_a_password_once(owner, voter, capsys):
    link, other = link_from_command(capsys), browser_of()
    assert [sign_in(other, password="wrong").status_code for _ in range(6)][-1] == 429
    new = {"password": "another long password", "again": "another long password"}
    assert other.get(link).status_code == 200
    assert other.post(link, {**new, "again": "something else"}).status_code == 400
    assert other.post(link, new).headers["Location"] == "/mine/sign-in/?done=password"
    assert sign_in(other, password=new["password"]).status_code == 303
    assert identity(other) == voter.pk
    assert sign_in(browser_of()).status_code == 400
    assert browser_of().post(link, new).status_code == 404


NEW = {"password": "another long password", "again": "another long password"}


def knows_the_battles(browser):
    return "First" in browser.get("/mine/").content.decode()


def vote_from(browser):
    """The status of a vote on the owner's open battle, which is made anew each time."""
    battle = make_battle(voter=Voter.objects.get(account__name=NAME), state="voting")
    address = f"/battles/{battle.public_id}/vote"
    return browser.post(address, {"choice": "a"}, headers={"Accept": "text/html"}).status_code


def test_another_password_ends_the_sign_ins_of_other_browsers(owner):
    other, moved = browser_of(), browser_of()
    sign_in(other)
    code = owner.post("/mine/transfer/").context["code"]
    page = owner.post("/mine/account/password/", {"old": PASSWORD, **NEW}, follow=True)
    assert "signed out" in page.content.decode()
    assert (knows_the_battles(owner), knows_the_battles(other)) == (True, False)
    assert moved.post("/mine/transfer/enter/", {"code": code}).status_code != 303
    assert other.get("/mine/account/").context["own"] is None
    assert vote_from(other) == 404
    assert sign_in(other, password=NEW["password"]).status_code == 303
    assert (knows_the_battles(owner), knows_the_battles(other)) == (True, True)
    assert vote_from(other) == 303
    assert vote_from(owner) == 303


def test_a_sign_in_during_which_the_password_changes_has_ended(owner, monkeypatch):
    checked, other = services.check_own_password, browser_of()

    def check_and_wait(*, account, password):
        checked(account=account, password=password)
        services.change_password(account=VoterAccount.objects.get(), password=NEW["password"])

    monkeypatch.setattr(services, "check_own_password", check_and_wait)
    sign_in(other)
    assert not knows_the_battles(other)


def test_of_two_who_change_the_password_at_once_the_first_has_it(owner, monkeypatch):
    checked, other = services.check_own_password, browser_of()
    sign_in(other)

    def check_and_wait(*, account, password):
        checked(account=account, password=password)
        services.change_password(account=VoterAccount.objects.get(), password=NEW["password"])

    theirs = {"old": PASSWORD, "password": "their long password", "again": "their long password"}
    with monkeypatch.context() as patch:
        patch.setattr(services, "check_own_password", check_and_wait)
        assert other.post("/mine/account/password/", theirs).status_code == 409
    assert sign_in(browser_of(), password=NEW["password"]).status_code == 303


def test_a_code_that_is_made_while_the_password_changes_signs_nobody_in(owner, monkeypatch):
    old, other, codes = browser_of(), browser_of(), []
    sign_in(old)
    ended = services.end_sign_ins

    def make_a_code_first(*, voter):
        codes.append(old.post("/mine/transfer/").context["code"])
        return ended(voter=voter)

    monkeypatch.setattr(services, "end_sign_ins", make_a_code_first)
    owner.post("/mine/account/password/", {"old": PASSWORD, **NEW})
    assert other.post("/mine/transfer/enter/", {"code": codes[0]}).status_code == 400
    assert not knows_the_battles(other)


def test_an_ended_sign_in_takes_no_vote_from_its_owners_limit(owner, settings):
    settings.RATE_VOTES = "1/minute"
    other = browser_of()
    sign_in(other)
    owner.post("/mine/account/password/", {"old": PASSWORD, **NEW})
    assert [vote_from(other), vote_from(other)] == [404, 429]
    assert [vote_from(owner), vote_from(owner)] == [303, 429]


def test_a_link_of_the_operator_ends_the_sign_ins_of_all_browsers(owner, capsys):
    other, link = browser_of(), link_from_command(capsys)
    sign_in(other)
    assert "signed out" in other.post(link, NEW, follow=True).content.decode()
    assert not knows_the_battles(owner)
    assert not knows_the_battles(other)


def test_of_two_who_use_a_link_at_once_one_sets_the_password(owner, capsys):
    token = link_from_command(capsys).split("/")[-2]
    one, other = account_of_link(token), account_of_link(token)
    assert set_forgotten_password(account=one, password="the first long password")
    assert not set_forgotten_password(account=other, password="the second long password")
    assert sign_in(browser_of(), password="the first long password").status_code == 303


def test_the_rule_for_a_new_name_stands_where_a_name_is_chosen_alone():
    pages = [browser_of().get(f"/mine/{page}/").content for page in ("account", "sign-in")]
    assert [b"3 to 40 letters" in page for page in pages] == [True, False]


def test_a_link_is_for_an_account_with_a_password_and_ends_after_a_day(owner, capsys, monkeypatch):
    with pytest.raises(CommandError, match="nobody"):
        call_command("voter_password_link", "nobody")
    link = link_from_command(capsys)
    assert browser_of().get(link[:-2] + "/").status_code == 404
    monkeypatch.setattr(signing.time, "time", lambda real=time.time: real() + 25 * 3600)
    assert browser_of().get(link).status_code == 404


def test_votes_that_no_account_leads_back_to_are_left_only_on_purpose(owner, voter):
    other = make_voter()
    make_vote(*make_models("third", "fourth"), voter=other)
    browser = browser_of(other)
    assert sign_in(browser).status_code == 400
    assert identity(browser) == other.pk
    assert sign_in(browser, leave="on").status_code == 303
    assert identity(browser) == voter.pk


def test_the_password_changes_and_the_account_goes(owner, voter):
    new = "a bird that writes the paper"
    change = {"old": PASSWORD, "password": new, "again": new}
    assert owner.post("/mine/account/password/", {**change, "old": "wrong"}).status_code == 400
    assert owner.post("/mine/account/password/", change).status_code == 303
    assert sign_in(browser_of()).status_code == 400
    assert sign_in(browser_of(), password=new).status_code == 303
    assert owner.post("/mine/account/delete/", {"old": PASSWORD}).status_code == 400
    assert owner.post("/mine/account/delete/", {"old": new}).status_code == 303
    assert not VoterAccount.objects.exists()
    assert sign_in(browser_of(), password=new).status_code == 400
    assert "First" in owner.get("/mine/").content.decode()


@pytest.mark.parametrize(
    ("name", "password"),
    [("x", PASSWORD), ("a b", PASSWORD), (NAME, "short"), (NAME, "password1234"), (NAME, "")],
)
def test_what_makes_no_good_account_is_said(voter, name, password):
    answer = create(browser_of(voter), name, password)
    assert answer.status_code == 400
    assert "field-error" in answer.content.decode()
    assert not VoterAccount.objects.exists()


def test_since_when_there_is_one_stands_with_the_voter(owner, voter):
    account = VoterAccount.objects.get()
    assert Voter.objects.get(pk=voter.pk).account_since == account.created_at
    owner.post("/mine/account/delete/", {"old": PASSWORD})
    assert Voter.objects.get(pk=voter.pk).account_since is None


def test_a_name_is_had_once_and_a_voter_has_one(owner):
    assert create(browser_of(), NAME.upper()).status_code == 400
    assert create(owner, "another").status_code == 409


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_a_name_at_once_one_has_it():
    voters = [make_voter() for _ in range(4)]

    def take(voter):
        try:
            return create_account(voter=voter, name=NAME, password=PASSWORD).voter_id
        except (NameTaken, AccountExists):
            return None

    assert sorted(map(bool, at_once(take, voters))) == [False] * 3 + [True]


def test_neither_kind_of_account_opens_what_the_other_does(owner):
    User.objects.create_superuser("owner", password=PASSWORD)
    admin = {"username": NAME, "password": PASSWORD}
    assert Client().post("/admin/login/?next=/admin/", admin).status_code == 200
    assert owner.get("/admin/").status_code == 302
    assert sign_in(browser_of(), "owner").status_code == 400
    assert User.objects.count() == 1


def test_a_stranger_changes_nothing_and_an_arena_without_accounts_has_no_pages(owner, settings):
    deeds = ("/mine/sign-out/", "/mine/account/delete/", "/mine/account/password/")
    stranger = browser_of(make_voter())
    assert [stranger.post(deed).status_code for deed in deeds] == [404] * 3
    settings.VOTER_ACCOUNTS = False
    assert [owner.get(page).status_code for page in (ACCOUNT, SIGN_IN)] == [404, 404]
    assert "/mine/account/" not in owner.get("/mine/").content.decode()


def test_creating_is_limited_by_network(settings):
    settings.RATE_ACCOUNTS = "2/hour"
    made = [create(browser_of(), f"somebody-{number}").status_code for number in range(3)]
    assert made == [303, 303, 429]


def test_the_register_and_the_export_have_it_without_the_password(owner):
    assert "accounts" in [kind.key for kind in stored_data()]
    exported = ZipFile(BytesIO(b"".join(owner.post("/mine/export/").streaming_content)))
    about = exported.read("about.json")
    assert NAME.encode() in about
    assert VoterAccount.objects.get().password.encode() not in about


class TestProvider:
    """The provider of the operators, where the settings let voters use it."""

    @pytest.fixture
    def provider(self, settings):
        settings.VOTER_OIDC = True
        with running_provider(settings) as state:
            yield state

    def come_back(self, browser, provider, **query):
        url = browser.get(f"{SIGN_IN}provider/", query)["Location"]
        answer = {"code": "the-code", "state": provider.authorize(url)}
        return browser.get(f"{SIGN_IN}provider/callback/", answer)

    def test_it_leads_to_the_same_voter_and_makes_no_operator(self, provider, voter):
        provider.claims = {"groups": ["owners"]}
        assert self.come_back(browser_of(voter), provider)["Location"] == "/mine/"
        other = browser_of()
        self.come_back(other, provider)
        assert identity(other) == voter.pk
        assert not User.objects.exists()
        assert other.get("/admin/").status_code == 302
        assert VoterAccount.objects.get().name == "ada"
        assert other.post("/mine/account/delete/").status_code == 303

    def test_votes_are_left_only_on_purpose(self, provider, voter):
        self.come_back(browser_of(voter), provider)
        other = make_voter()
        make_vote(*make_models("third", "fourth"), voter=other)
        browser = browser_of(other)
        assert self.come_back(browser, provider).status_code == 400
        assert self.come_back(browser, provider, leave=1).status_code == 303
        assert identity(browser) == voter.pk

    def test_it_changes_no_password_of_a_namesake(self, provider, voter):
        create_account(voter=make_voter(), name="ada", password=PASSWORD)
        browser = browser_of(voter)
        self.come_back(browser, provider)
        new = {"old": PASSWORD, "password": "another long one", "again": "another long one"}
        assert browser.post("/mine/account/password/", new).status_code == 404
        assert sign_in(browser_of(), "ada").status_code == 303

    def test_an_answer_that_was_not_asked_for_opens_nothing(self, provider):
        url = browser_of().get(f"{SIGN_IN}provider/")["Location"]
        answer = {"code": "the-code", "state": provider.authorize(url)}
        assert browser_of().get(f"{SIGN_IN}provider/callback/", answer).status_code == 403

    def test_where_it_is_off_there_is_no_way(self, provider, settings):
        settings.VOTER_OIDC = False
        assert Client().get(f"{SIGN_IN}provider/").status_code == 404
        assert Client().get(f"{SIGN_IN}provider/callback/").status_code == 404

    def test_a_closed_arena_takes_nobody_in_by_it(self, provider, settings, voter):
        settings.INVITED_ONLY = True
        self.come_back(browser_of(), provider)
        assert not VoterAccount.objects.exists()
