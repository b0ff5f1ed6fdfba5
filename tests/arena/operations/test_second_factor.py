"""The second factor of whoever has turned it on."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from arena.operations import second_factor

pytestmark = pytest.mark.django_db
PASSWORD = "a fish that reads the paper"


@pytest.fixture
def owner():
    return User.objects.create_superuser("owner", password=PASSWORD)


@pytest.fixture
def sign_in(client):
    """What the sign-in page answers: 302 for somebody who is in."""

    def sign_in(code=""):
        form = {"username": "owner", "password": PASSWORD, "code": code}
        return client.post("/admin/login/?next=/admin/", form).status_code

    return sign_in


def current(user):
    device = TOTPDevice.objects.get(user=user)
    clock = TOTP(device.bin_key, device.step, device.t0, device.digits)
    clock.time = time.time()
    return f"{clock.token():06}"


def test_without_it_the_password_is_enough(owner, sign_in, client):
    assert sign_in() == 302
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("code", ["", "000000", "not-a-code"])
def test_with_it_the_password_alone_is_not(owner, sign_in, client, code):
    second_factor.turn_on(owner)
    assert sign_in(code) == 200
    assert client.get("/admin/").status_code == 302


def test_a_code_of_the_app_opens_once(owner, sign_in, client):
    second_factor.turn_on(owner)
    code = current(owner)
    assert sign_in(code) == 302
    assert client.get("/admin/").status_code == 200
    client.logout()
    assert sign_in(code) == 200


def test_a_code_on_paper_opens_once(owner, sign_in, client):
    [code, *_] = second_factor.turn_on(owner).paper
    assert sign_in(code) == 302
    client.logout()
    assert sign_in(code) == 200


def test_wrong_codes_make_the_right_one_wait(owner):
    second_factor.turn_on(owner)
    assert [second_factor.device_of(owner, "000000") for _ in range(6)] == [None] * 6
    assert second_factor.device_of(owner, current(owner)) is None


def test_a_session_from_before_it_was_turned_on_ends(owner, sign_in, client):
    sign_in()
    second_factor.turn_on(owner)
    assert client.get("/admin/").status_code == 302


def test_somebody_else_s_code_is_worth_nothing(owner, sign_in):
    second_factor.turn_on(owner)
    other = User.objects.create_superuser("other", password=PASSWORD)
    [code, *_] = second_factor.turn_on(other).paper
    assert sign_in(code) == 200


def test_the_command_turns_it_on_and_off(owner, capsys):
    call_command("second_factor", "owner")
    assert "otpauth://totp/Vision%20Arena" in capsys.readouterr().out
    assert second_factor.is_on(owner)
    call_command("second_factor", "owner", "--off")
    assert not second_factor.is_on(owner)


def test_turning_it_on_again_makes_the_old_codes_worthless(owner, sign_in):
    [old, *_] = second_factor.turn_on(owner).paper
    second_factor.turn_on(owner)
    assert sign_in(old) == 200


def test_an_account_that_is_not_there_is_said():
    with pytest.raises(CommandError, match="nobody"):
        call_command("second_factor", "nobody")
