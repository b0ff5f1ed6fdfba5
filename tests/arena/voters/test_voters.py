"""Who votes: a signed cookie, and what its voter agreed to."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from arena.core.web.network import bucket_of
from arena.voters.models import Voter
from arena.voters.selectors import COOKIE, COOKIE_SECONDS, SALT, identity_of, voter_of
from arena.voters.services import (
    CONSENT_VERSION,
    MembersOnly,
    end_sign_ins,
    enrol,
    must_ask_consent,
    record_consent,
    remember,
)
from tests.factories import make_voter

pytestmark = pytest.mark.django_db


def signed(value, salt=SALT):
    return signing.dumps(value, salt=salt)


def request_with(cookie=None, remote="192.0.2.9"):
    request = RequestFactory().get("/", REMOTE_ADDR=remote)
    if cookie is not None:
        request.COOKIES[COOKIE] = cookie
    return request


def test_a_signed_cookie_names_its_voter():
    voter = make_voter()
    assert voter_of(request_with(signed(str(voter.id)))) == voter


def forged(voter):
    good = signed(str(voter.id))
    head, tail = good[:-1], good[-1]
    return {
        "empty": "",
        "the bare identity": str(voter.id),
        "another salt": signed(str(voter.id), salt="arena.other"),
        "one character changed": head + ("A" if tail != "A" else "B"),
        "the signature cut off": good.rsplit(":", 1)[0],
        "the payload changed": "x" + good,
        "another key": signing.dumps(str(voter.id), key="guess", salt=SALT),
        "nobody's identity": signed(str(uuid4())),
        "control characters": "\x00\x1f:::",
        "very long": "a:" * 20_000,
        "letters beyond ASCII": "ü:é:ß",
    }


@pytest.mark.parametrize("kind", list(forged(Voter(id=uuid4()))))
def test_a_forged_cookie_names_nobody(kind):
    assert voter_of(request_with(forged(make_voter())[kind])) is None


def test_a_cookie_past_its_time_names_nobody(monkeypatch):
    cookie = signed(str(make_voter().id))
    later = time.time() + COOKIE_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert voter_of(request_with(cookie)) is None


def test_a_new_browser_is_enrolled_with_its_network_as_a_hash():
    voter = enrol(request_with(remote="192.0.2.9"))
    assert voter.network == bucket_of("192.0.2.200")
    assert "192.0.2" not in str(voter.__dict__)


def test_a_known_browser_is_not_enrolled_again():
    voter = make_voter()
    assert enrol(request_with(signed(str(voter.id)))) == voter
    assert Voter.objects.count() == 1


def test_a_browser_whose_sign_in_ends_while_it_asks_is_not_signed_in_again():
    voter = make_voter()
    request = request_with(signed(str(voter.id)))
    assert identity_of(request) == voter.id
    end_sign_ins(voter=voter.id)
    somebody, response = enrol(request), HttpResponse()
    remember(response, somebody)
    assert somebody != voter
    assert voter_of(request_with(response.cookies[COOKIE].value)) == somebody


def test_a_member_whose_sign_in_ends_while_it_asks_is_a_stranger_in_a_closed_arena(settings):
    settings.INVITED_ONLY = True
    voter = make_voter()
    request = request_with(signed(str(voter.id)))
    assert identity_of(request) == voter.id
    end_sign_ins(voter=voter.id)
    with pytest.raises(MembersOnly):
        enrol(request)
    assert Voter.objects.count() == 1


def test_a_browser_that_goes_on_after_a_new_password_is_enrolled_as_before():
    voter = end_sign_ins(voter=make_voter().id)
    assert enrol(request_with(signed(f"{voter.id}:{voter.sign_in_mark}"))) == voter
    assert enrol(request_with(signed(f"{voter.id}:ended"))) != voter
    assert Voter.objects.count() == 2


def remembered(settings, *, secure):
    settings.VOTER_COOKIE_SECURE = secure
    response = HttpResponse()
    remember(response, make_voter())
    return response.cookies[COOKIE]


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_is_for_this_site_alone_and_for_no_script(settings, secure):
    cookie = remembered(settings, secure=secure)
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert bool(cookie["secure"]) is secure
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert cookie["max-age"] == COOKIE_SECONDS


def test_the_cookie_that_is_given_is_the_one_that_is_understood(settings):
    voter = voter_of(request_with(remembered(settings, secure=False).value))
    assert voter == Voter.objects.get()


def test_a_new_voter_has_agreed_to_nothing():
    voter = make_voter()
    assert (voter.publish, voter.consent_version, voter.consent_at) == (None, "", None)
    assert must_ask_consent(voter)


def test_nobody_is_asked_too():
    assert must_ask_consent(None)


@pytest.mark.parametrize("publish", [True, False])
def test_the_answer_is_stored_with_the_wordings_version_and_the_time(publish):
    voter, before = make_voter(), timezone.now()
    record_consent(voter, publish=publish)
    voter.refresh_from_db()
    assert (voter.publish, voter.consent_version) == (publish, CONSENT_VERSION)
    assert before <= voter.consent_at <= timezone.now()
    assert not must_ask_consent(voter)


def test_another_wording_is_asked_anew():
    assert must_ask_consent(make_voter(publish=True, consent_version="2020-01"))
