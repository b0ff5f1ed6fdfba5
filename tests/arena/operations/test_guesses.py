"""How many passwords are tried: by name, by address, at once, and again in time."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from arena.backups import rows
from arena.operations import second_factor
from tests.arena.at_once import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
PASSWORD, WRONG = "a fish that reads the paper", "another long password"
HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def quick(settings):
    """A hash that costs nothing: what is counted here is how often one is made."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def owner():
    return User.objects.create_superuser("owner", password=PASSWORD)


def guess(password=WRONG, name="owner", address=HERE, **more):
    """What a new browser at the address gets."""
    form = {"username": name, "password": password, **more}
    return Client(REMOTE_ADDR=address).post("/admin/login/?next=/admin/", form)


def statuses(*, times, **fields):
    return Counter(guess(**fields).status_code for _ in range(times))


def later(minutes):
    """As if so many minutes had gone by."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def text_of(answer):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def test_five_are_tried_for_a_name_from_one_address(owner):
    assert statuses(times=12) == {200: 5, 429: 7}


def test_five_are_tried_for_a_name_from_forty_addresses(owner):
    found = Counter(guess(address=f"192.0.2.{n % 40}").status_code for n in range(80))
    assert found == {200: 5, 429: 75}


def test_twenty_are_tried_from_an_address_for_any_names(owner):
    found = Counter(guess(name=f"name-{n}").status_code for n in range(40))
    assert found == {200: 20, 429: 20}


def test_a_name_without_an_account_waits_like_any_other(owner):
    assert statuses(times=8, name="nobody") == {200: 5, 429: 3}


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_guesses_at_once_no_more_are_tried(owner):
    found = at_once(lambda n: guess(address=f"192.0.2.{n % 40}").status_code, range(60))
    assert Counter(found) == {200: 5, 429: 55}
    assert sum(row.failures_since_start for row in AccessAttempt.objects.all()) == 5


def test_while_it_waits_a_right_password_is_answered_like_a_wrong_one(owner):
    statuses(times=5)
    right, wrong = guess(PASSWORD), guess()
    assert right.status_code == wrong.status_code == 429
    assert text_of(right) == text_of(wrong)
    assert sorted(right.cookies) == sorted(wrong.cookies)


def test_while_it_waits_no_password_is_hashed(owner, settings):
    statuses(times=5)
    settings.PASSWORD_HASHERS = []  # whoever asks for one raises
    assert guess(PASSWORD).status_code == 429


def test_the_refusal_is_a_page_of_the_site_that_says_how_long(owner):
    statuses(times=5)
    answer = guess()
    assert 1 <= int(answer["Retry-After"]) <= 15 * 60
    assert "Please try again in 15 minutes." in answer.content.decode()
    assert "brand__name" in answer.content.decode()
    assert "Access-Control-Allow-Origin" not in answer


def test_a_script_is_refused_without_opening_the_answer_to_other_sites(owner):
    statuses(times=5)
    headers = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}
    form = {"username": "owner", "password": WRONG}
    answer = Client(REMOTE_ADDR=HERE).post("/admin/login/", form, headers=headers)
    assert answer.json()["error"]["code"] == "too_many"
    assert "Access-Control-Allow-Origin" not in answer


def test_in_time_it_opens_by_itself_however_many_knock_meanwhile(owner):
    statuses(times=5)
    later(14)
    assert statuses(times=3) == {429: 3}
    later(1.1)
    assert guess(PASSWORD).status_code == 302


def test_the_wait_grows_shorter(owner):
    statuses(times=5)
    later(10)
    assert int(guess()["Retry-After"]) <= 5 * 60


def test_the_right_password_takes_back_what_was_counted(owner):
    statuses(times=4)
    assert guess(PASSWORD).status_code == 302
    assert statuses(times=6) == {200: 5, 429: 1}


def test_an_own_account_makes_no_room_for_guesses_at_another_s(owner):
    User.objects.create_superuser("insider", password=PASSWORD)
    tried = 0
    for _ in range(4):
        tried += statuses(times=2)[200]
        guess(PASSWORD, name="insider")
    assert tried == 5


def test_signing_in_elsewhere_makes_no_room_for_guesses(owner):
    tried = 0
    for _ in range(4):
        tried += statuses(times=2)[200]
        guess(PASSWORD, address="198.51.100.7")
    assert tried == 5


def test_a_right_password_whose_code_is_wrong_counts(owner):
    second_factor.turn_on(owner)
    assert statuses(times=7, password=PASSWORD, code="000000") == {200: 5, 429: 2}


def test_the_address_is_the_one_that_our_own_proxy_saw(owner, settings):
    settings.PROXY_HOPS = 1
    for number in range(25):
        forged = {"X-Forwarded-For": f"203.0.113.{number}, {HERE}"}
        form = {"username": f"name-{number}", "password": WRONG}
        answer = Client(REMOTE_ADDR="127.0.0.1").post("/admin/login/", form, headers=forged)
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("192.0.2.9", "192.0.2.9"),
        ("fe80::1%eth0", "fe80::"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_one_visitor_has_one_address(owner, address, kept):
    guess(address=address)
    assert AccessAttempt.objects.get().ip_address == kept


def test_what_is_typed_is_not_kept(owner):
    guess(name="owner", code="123456")
    guess(name="a password in the wrong box")
    kept = str(list(AccessAttempt.objects.values()))
    assert not any(word in kept for word in (WRONG, "123456", "wrong box", "csrf"))


def test_an_operator_lets_somebody_in_before_the_time(owner, admin_client):
    statuses(times=5)
    keys = list(AccessAttempt.objects.values_list("pk", flat=True))
    form = {"action": "unlock", "_selected_action": keys}
    asked = admin_client.post("/admin/axes/accessattempt/", form).content.decode()
    assert "deleted for good" in asked
    assert AccessAttempt.objects.exists()
    admin_client.post("/admin/axes/accessattempt/", {**form, "confirmed": "Delete"})
    assert guess(PASSWORD).status_code == 302


def test_a_command_lets_somebody_in_before_the_time(owner, capsys):
    statuses(times=5)
    call_command("axes_reset_username", "owner")
    assert guess(PASSWORD).status_code == 302


def test_the_old_password_is_no_way_to_guess_without_end(owner, client):
    client.force_login(owner)
    new = {"new_password1": "some other fish", "new_password2": "some other fish"}
    form = {"old_password": WRONG, **new}
    found = Counter(client.post("/admin/password_change/", form).status_code for _ in range(7))
    assert found == {200: 5, 429: 2}
    right = {"old_password": PASSWORD, **new}
    assert client.post("/admin/password_change/", right).status_code == 429
    later(16)
    assert client.post("/admin/password_change/", right).status_code == 302


def test_new_passwords_that_are_too_short_are_no_guesses(owner, client):
    client.force_login(owner)
    form = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    found = {client.post("/admin/password_change/", form).status_code for _ in range(8)}
    assert found == {200}


def test_guesses_are_in_no_backup(owner):
    guess()
    assert [m for m in rows.tables() if m._meta.app_label == "axes"] == []


def test_a_session_ends_after_a_day_s_work(owner, client):
    client.post("/admin/login/", {"username": "owner", "password": PASSWORD})
    left = client.session.get_expiry_date() - timezone.now()
    assert left <= timedelta(hours=8)
    assert client.cookies["sessionid"]["max-age"] == 8 * 3600


@pytest.fixture
def known(owner):
    """A browser in which the owner has signed in before."""
    browser = Client(REMOTE_ADDR="198.51.100.7")
    browser.post("/admin/login/", {"username": "owner", "password": PASSWORD})
    browser.post("/admin/logout/")
    return browser


def tries(browser, password, name="owner"):
    return browser.post("/admin/login/", {"username": name, "password": password}).status_code


def test_guesses_of_strangers_do_not_keep_out_a_browser_that_is_known(known):
    found = Counter(guess(address=f"192.0.2.{n}").status_code for n in range(30))
    assert found == {200: 5, 429: 25}
    assert guess(PASSWORD, address="192.0.2.99").status_code == 429
    assert tries(known, PASSWORD) == 302


def test_an_address_that_guessed_at_many_names_does_not_keep_it_out(known):
    statuses(times=5, address="198.51.100.7")
    for number in range(20):
        guess(name=f"name-{number}", address="198.51.100.7")
    assert guess(PASSWORD, address="198.51.100.7").status_code == 429
    assert tries(known, PASSWORD) == 302


def test_a_browser_that_is_known_has_five_guesses_from_wherever_it_is(known):
    found = Counter()
    for number in range(12):
        known.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"
        found[tries(known, WRONG)] += 1
    assert found == {200: 5, 429: 7}
    assert statuses(times=7) == {200: 5, 429: 2}


def test_a_right_password_takes_back_the_guesses_of_its_browser_alone(known):
    assert statuses(times=7) == {200: 5, 429: 2}
    assert [tries(known, WRONG) for _ in range(4)] == [200] * 4
    assert tries(known, PASSWORD) == 302
    assert Counter(tries(known, WRONG) for _ in range(6)) == {200: 5, 429: 1}
    assert guess(PASSWORD).status_code == 429


def test_a_browser_is_known_for_its_own_account_and_password_alone(known, owner):
    other = User.objects.create_superuser("other", password=PASSWORD)
    [name] = [name for name in known.cookies if name.startswith("arena_device_")]
    value = known.cookies[name].value
    statuses(times=5)
    statuses(times=5, name="other")
    known.cookies[f"arena_device_{other.pk}"] = value
    assert tries(known, PASSWORD, "other") == 429
    known.cookies[name] = value[:-1] + ("A" if value[-1] != "A" else "B")
    assert tries(known, PASSWORD) == 429
    owner.set_password("some other fish")
    owner.save()
    known.cookies[name] = value
    assert tries(known, "some other fish") == 429


def test_a_wrong_password_makes_no_browser_known(owner):
    browser = Client(REMOTE_ADDR=HERE)
    assert tries(browser, WRONG) == 200
    assert not [name for name in browser.cookies if name.startswith("arena_device_")]


def test_what_a_browser_is_known_by_is_for_the_admin_alone(known):
    [cookie] = [known.cookies[name] for name in known.cookies if name.startswith("arena_device_")]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin/", True, "Strict")
