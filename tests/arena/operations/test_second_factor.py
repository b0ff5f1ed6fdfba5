"""The second factor of whoever has turned it on."""

from __future__ import annotations

import base64
import importlib
import re
import time
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from arena.backups import rows
from arena.operations import groups, second_factor
from arena.operations.models import AppDevice, SealedCode, SealedKey

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
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
    device = AppDevice.objects.get(user=user)
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


def stored():
    """All rows of all tables, as a dump of the database or a backup has them."""
    return b"".join(line for model in rows.tables() for line in rows.lines(model)).decode()


def secrets_of(enrolment):
    """The app's key as people and as programs write it, and the codes on paper."""
    [key] = re.findall(r"secret=([A-Z2-7]+)", enrolment.url)
    return [key, base64.b32decode(key).hex(), *enrolment.paper]


@pytest.mark.parametrize("keys", [[], [Fernet.generate_key().decode()]])
def test_no_secret_is_in_the_database_or_a_backup(owner, settings, keys):
    settings.SEALING_KEYS = keys
    enrolment = second_factor.turn_on(owner)
    dump = stored().lower()
    assert "gaaaaa" in dump
    assert [secret for secret in secrets_of(enrolment) if secret.lower() in dump] == []


def test_the_key_in_the_library_s_own_table_opens_nothing(owner):
    second_factor.turn_on(owner)
    device = TOTPDevice.objects.get(user=owner)
    clock = TOTP(device.bin_key, device.step, device.t0, device.digits)
    clock.time = time.time()
    assert second_factor.device_of(owner, f"{clock.token():06}") is None


@pytest.fixture
def from_before(owner):
    """A second factor as the release before stored it: key and code in the clear."""
    device = TOTPDevice.objects.create(user=owner, name="app")
    paper = StaticDevice.objects.create(user=owner, name="paper")
    StaticToken.objects.create(device=paper, token="abcd2345")
    return device


def migrate():
    migration = importlib.import_module("arena.operations.migrations.0002_seal_what_is_there")
    schema = SimpleNamespace(connection=connection, execute=lambda statement: None)
    migration.seal_what_is_there(apps, schema)


def test_a_migration_seals_what_is_there_and_its_codes_go_on(owner, from_before, sign_in, client):
    clock = TOTP(from_before.bin_key, from_before.step, from_before.t0, from_before.digits)
    clock.time = time.time()
    migrate()
    dump = stored()
    assert from_before.key not in dump
    assert "abcd2345" not in dump
    assert sign_in(f"{clock.token():06}") == 302
    client.logout()
    assert sign_in("abcd2345") == 302


def test_a_migration_that_runs_again_changes_nothing(owner, from_before):
    migrate()
    before = stored()
    migrate()
    assert stored() == before


def test_a_sealed_secret_moved_to_another_account_opens_nothing(owner):
    second_factor.turn_on(owner)
    other = User.objects.create_superuser("other", password=PASSWORD)
    [code, *_] = second_factor.turn_on(other).paper
    theirs = SealedCode.objects.filter(device__user=other).order_by("pk")
    ours = SealedCode.objects.filter(device__user=owner).order_by("pk")
    for mine, stolen in zip(ours, theirs, strict=True):
        SealedCode.objects.filter(pk=mine.pk).update(ciphertext=stolen.ciphertext)
    assert second_factor.device_of(owner, code) is None


def test_without_the_key_of_then_nobody_gets_in_and_it_can_be_turned_on_anew(owner, settings):
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    second_factor.turn_on(owner)
    code = current(owner)
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    assert second_factor.device_of(owner, code) is None
    second_factor.turn_on(owner)
    assert second_factor.device_of(owner, current(owner)) is not None


def test_an_older_key_still_opens(owner, settings):
    old = Fernet.generate_key().decode()
    settings.SEALING_KEYS = [old]
    second_factor.turn_on(owner)
    settings.SEALING_KEYS = [Fernet.generate_key().decode(), old]
    assert second_factor.device_of(owner, current(owner)) is not None


def page(client, password, code=""):
    """What the sign-in page says, without the token that differs each time."""
    form = {"username": "owner", "password": password, "code": code}
    answer = client.post("/admin/login/?next=/admin/", form)
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return answer.status_code, sorted(answer.cookies), text


@pytest.mark.parametrize("code", ["", "000000", "not-a-code"])
def test_a_right_password_without_its_code_looks_like_a_wrong_one(owner, client, code):
    second_factor.turn_on(owner)
    wrong = page(client, "another long password", code)
    assert page(client, PASSWORD, code) == wrong


@pytest.mark.parametrize("path", ["otp_totp/totpdevice/", "otp_static/staticdevice/"])
def test_no_page_of_the_admin_has_devices_or_their_pictures(admin_client, owner, path):
    second_factor.turn_on(owner)
    pk = TOTPDevice.objects.get(user=owner).pk
    for more in ("", f"{pk}/change/", f"{pk}/config/", f"{pk}/qrcode/"):
        assert admin_client.get(f"/admin/{path}{more}").status_code == 404


def test_a_row_without_its_sealed_key_lets_nobody_in(owner):
    second_factor.turn_on(owner)
    code = current(owner)
    SealedKey.objects.all().delete()
    assert second_factor.device_of(owner, code) is None


@pytest.fixture
def demanded(settings):
    """Operators and owners need a second factor."""
    settings.SECOND_FACTOR_ROLES = ["Operators", "Owners"]
    groups.fill()


def test_a_role_that_asks_for_it_opens_nothing_without_it(owner, demanded, sign_in, client):
    assert sign_in() == 302
    assert client.get("/admin/").status_code == 302
    page = client.get("/admin/login/?next=/admin/").content.decode()
    assert "manage.py second_factor owner" in page
    assert client.post("/admin/auth/user/add/", {"username": "x"}).status_code == 302
    assert User.objects.count() == 1


def test_a_role_that_asks_for_it_opens_with_it(owner, demanded, sign_in, client):
    second_factor.turn_on(owner)
    assert sign_in(current(owner)) == 302
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(("role", "asked"), [("Operators", True), ("Viewers", False)])
def test_it_is_asked_of_the_roles_that_are_named(db, demanded, client, role, asked):
    user = User.objects.create(username="somebody", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    assert client.get("/admin/").status_code == (302 if asked else 200)
