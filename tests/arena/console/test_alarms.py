"""Alarms, to a real mail server and a real webhook."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from arena.api.services.webhooks import signed_headers
from arena.catalog.models import VersionHealth
from arena.catalog.states import HealthState, OutReason
from arena.console.models import Alarm
from arena.console.services import tell_alarms
from arena.integrity.models import Case
from arena.operations.models import BackupRun
from tests.arena.console.receivers import HookServer, MailServer, serving
from tests.factories import make_models, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
SECRET = "a secret of more than sixteen"
NOW = timezone.now()


def after(**span):
    return NOW + timedelta(**span)


@pytest.fixture
def models(no_layer):
    make_worker()
    return make_models("heron", "newt")


@pytest.fixture
def mailbox(settings, models):
    with serving(MailServer()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.ALARM_MAIL = ["owner@example.org"]
        yield server


@pytest.fixture
def hook(settings, models):
    with serving(HookServer()) as server:
        settings.ALARM_WEBHOOKS, settings.WEBHOOK_SECRET = [server.address], SECRET
        settings.ENDPOINT_ALLOW = ["127.0.0.1"]
        yield server


def bench(version):
    VersionHealth.objects.update_or_create(
        version=version,
        defaults={"state": HealthState.OUT, "reason": OutReason.ROW, "since": NOW},
    )


def texts(mailbox):
    return [(one["subject"], one.get_content()) for one in mailbox.mails]


def test_an_arena_that_is_well_tells_nobody(mailbox):
    assert tell_alarms(now=NOW) == 0
    assert mailbox.mails == []


def test_a_benched_card_is_told_once_by_mail(mailbox, models):
    bench(models[0])
    assert tell_alarms(now=NOW) == 0  # it may be over in a moment
    assert tell_alarms(now=after(seconds=61)) == 1
    assert tell_alarms(now=after(hours=1)) == 0
    [(subject, text)] = texts(mailbox)
    assert subject.startswith("Vision Arena: Heron is not drawn: out of the draw since")
    assert "- Heron is not drawn" in text
    assert mailbox.mails[0]["to"] == "owner@example.org"


def test_what_is_still_open_is_told_again_after_hours(mailbox, models):
    bench(models[0])
    for moment in (NOW, after(minutes=2), after(hours=3), after(hours=5)):
        tell_alarms(now=moment)
    assert len(mailbox.mails) == 2


def test_what_is_over_is_told_and_what_was_never_told_is_not(mailbox, models):
    bench(models[0])
    tell_alarms(now=NOW)
    tell_alarms(now=after(minutes=2))
    VersionHealth.objects.all().delete()
    bench(models[1])
    tell_alarms(now=after(minutes=8))
    VersionHealth.objects.all().delete()
    tell_alarms(now=after(minutes=8, seconds=30))
    assert tell_alarms(now=after(minutes=20)) == 0
    [_, (subject, text)] = texts(mailbox)
    assert subject.startswith("Vision Arena: over: Heron")
    assert "Newt" not in text
    assert not Alarm.objects.filter(closed_at=None).exists()


def test_a_card_that_comes_and_goes_sends_no_flood(mailbox, models):
    for minute in range(30):
        bench(models[0])
        tell_alarms(now=after(minutes=2 * minute))
        tell_alarms(now=after(minutes=2 * minute, seconds=70))
        VersionHealth.objects.all().delete()
        tell_alarms(now=after(minutes=2 * minute, seconds=90))
    assert len(mailbox.mails) <= 60 * 60 / 300


def test_what_happens_within_the_pause_comes_in_one_message(mailbox, models, settings):
    bench(models[0])
    tell_alarms(now=NOW)
    tell_alarms(now=after(minutes=2))
    bench(models[1])
    BackupRun.objects.create(problem="No space left on device")
    tell_alarms(now=after(minutes=3))
    tell_alarms(now=after(minutes=5))
    tell_alarms(now=after(minutes=8))
    [_, (subject, text)] = texts(mailbox)
    assert subject == "Vision Arena: 2 things need attention"
    assert "The last backup failed: No space left on device" in text


def test_a_mail_server_that_is_down_is_asked_again(mailbox, models):
    bench(models[0])
    tell_alarms(now=NOW)
    mailbox.answer = "451 later"
    assert tell_alarms(now=after(seconds=61)) == 0
    mailbox.answer = "250 taken"
    assert tell_alarms(now=after(seconds=91)) == 1


def test_a_webhook_is_signed_and_says_what_is_open(hook, models):
    models[0].card.queue = "elsewhere"
    models[0].card.save()
    tell_alarms(now=NOW)
    assert tell_alarms(now=after(seconds=61)) == 1
    [(body, headers)] = hook.bodies
    said = json.loads(body)
    [row] = said["data"]["open"]
    assert (said["type"], row["key"]) == ("alarm.changed", "absent:heron")
    assert "no worker listens to the queue elsewhere" in row["text"]
    sent = timezone.datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=NOW.tzinfo)
    again = signed_headers(SECRET, headers["webhook-id"], sent, body)
    assert again["webhook-signature"] == headers["webhook-signature"]


def test_receivers_are_told_apart(mailbox, hook, models):
    bench(models[0])
    tell_alarms(now=NOW)
    hook.status = 503
    assert tell_alarms(now=after(seconds=61)) == 1
    hook.status = 204
    assert tell_alarms(now=after(seconds=91)) == 1
    assert (len(mailbox.mails), len(hook.bodies)) == (1, 1)


def test_a_private_address_that_nobody_allowed_is_not_called(hook, models, settings):
    settings.ENDPOINT_ALLOW = []
    bench(models[0])
    tell_alarms(now=NOW)
    assert tell_alarms(now=after(seconds=61)) == 0
    assert hook.bodies == []


@pytest.mark.parametrize("setting", ["DISK_FREE_BYTES", "REDIS_SHARE"])
def test_a_store_that_is_nearly_full_is_told(mailbox, settings, setting):
    if setting == "DISK_FREE_BYTES":
        settings.DISK_FREE_BYTES = 1 << 60
    else:
        settings.REDIS_SHARE = 0.000001
    tell_alarms(now=NOW)
    tell_alarms(now=after(seconds=61))
    [(subject, _)] = texts(mailbox)
    assert "battles are refused" in subject


def test_a_backup_that_is_too_old_is_told(mailbox, settings):
    settings.ALARM_BACKUP_HOURS = 30
    tell_alarms(now=NOW)
    tell_alarms(now=after(seconds=61))
    [(subject, _)] = texts(mailbox)
    assert subject == "Vision Arena: There has been no backup for over 30 hours."
    BackupRun.objects.create()
    tell_alarms(now=after(minutes=10))
    assert len(mailbox.mails) == 2


def test_an_open_case_is_told_until_it_is_decided(mailbox, models):
    case = Case.objects.create(kind="drift", card=models[0].card, last_vote=1)
    tell_alarms(now=NOW)
    tell_alarms(now=after(seconds=61))
    Case.objects.filter(pk=case.pk).update(status="dismissed")
    tell_alarms(now=after(minutes=10))
    assert [subject for subject, _ in texts(mailbox)] == [
        "Vision Arena: 1 case of integrity waits for a decision.",
        "Vision Arena: over: 1 case of integrity waits for a decision.",
    ]


def test_a_failed_backup_is_remembered(models, tmp_path):
    there = tmp_path / "there.tar.gz"
    there.touch()
    with pytest.raises(CommandError):
        call_command("backup", there)
    assert "is there already" in BackupRun.objects.get().problem


def test_a_trial_shows_who_takes_it(mailbox, hook, capsys):
    call_command("try_alarms")
    hook.status = 500
    with pytest.raises(CommandError):
        call_command("try_alarms")
    said = capsys.readouterr().out
    assert "mail: sent" in said
    assert "status 500" in said
    assert "secret" not in said
    assert mailbox.mails[0]["subject"].endswith("Nothing needs attention.")


def test_the_list_has_what_is_open_where_nobody_is_told(models, admin_client):
    bench(models[0])
    assert tell_alarms() == 0
    assert "Heron is not drawn" in admin_client.get("/admin/console/alarm/").content.decode()


def test_nobody_to_tell_is_said(models):
    with pytest.raises(CommandError, match="Nobody is told"):
        call_command("try_alarms")
