"""What operators do is written down before it is done, without what they typed, and stays."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from arena.boards import dispatch as boards
from arena.core.errors import Conflict
from arena.operations import audit
from arena.operations.models import AuditEntry, AuditResult
from arena.probes import dispatch
from tests.factories import make_models, make_vote

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
CANARY = "sk-canary-0123456789abcdef"


@pytest.fixture
def no_trials(monkeypatch):
    monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)
    monkeypatch.setattr(boards, "announce", lambda etag, board: None)


def newest():
    return AuditEntry.objects.select_related("result").latest("pk")


def test_a_look_leaves_no_entry(admin_client):
    admin_client.get("/admin/")
    admin_client.get("/admin/catalog/modelcard/add/")
    assert not AuditEntry.objects.exists()


def test_an_action_names_who_what_on_which_when_and_from_where(admin_client, no_trials):
    card = make_models("heron")[0].card
    given = {"action": "retire", "_selected_action": [card.pk], "confirmed": "Retire"}
    admin_client.post("/admin/catalog/modelcard/", given, REMOTE_ADDR="192.0.2.7")
    entry = newest()
    assert (entry.account, entry.subject, entry.rows) == (
        "admin",
        "catalog.modelcard",
        str(card.pk),
    )
    assert entry.action == "catalog_modelcard_changelist: retire"
    assert len(entry.network) == 32
    assert "192.0.2" not in entry.network
    assert entry.result.outcome == "done"
    assert "Heron: Retired." in entry.result.detail


def test_a_change_names_its_fields_and_no_value(admin_client, no_trials, settings):
    settings.SEALING_KEYS = ("8" * 43 + "=",)
    version = {"source": "m", "backend": "openai", "base_url": "https://93.184.216.34/v1"}
    card = {"name": "Owl", "slug": "owl", "queue": "inference", "weight": "1", **version}
    admin_client.post("/admin/catalog/modelcard/add/", {**card, "key": CANARY})
    texts = [
        f"{e.account} {e.action} {e.subject} {e.rows} {e.result.outcome} {e.result.detail}"
        for e in AuditEntry.objects.select_related("result")
    ]
    assert len(texts) == 1
    assert CANARY not in texts[0]
    assert "93.184" not in texts[0]
    assert "catalog_modelcard_add" in texts[0]


def test_a_form_that_is_shown_again_has_changed_nothing(admin_client):
    admin_client.post("/admin/catalog/modelcard/add/", {"name": ""})
    assert newest().result.outcome == "unchanged"


def test_a_page_that_asks_before_an_action_has_changed_nothing(admin_client, no_trials):
    vote = make_vote()
    given = {"action": "take_out", "_selected_action": [vote.pk]}
    admin_client.post("/admin/battles/vote/", given)
    assert newest().result.outcome == "unchanged"
    admin_client.post("/admin/battles/vote/", {**given, "confirmed": "yes", "reason": "operator"})
    assert newest().result.outcome == "done"


def test_signing_in_and_out_are_written_down_and_the_password_is_not(client):
    User.objects.create_superuser("chief", password=CANARY)
    client.post("/admin/login/", {"username": "chief", "password": CANARY})
    assert (newest().account, newest().action) == ("chief", "signed in")
    client.post("/admin/logout/")
    assert (newest().account, newest().action) == ("chief", "logout")
    assert not AuditEntry.objects.filter(rows__contains=CANARY).exists()


def test_who_may_not_come_in_leaves_no_entry(db):
    client = Client()
    client.post("/admin/catalog/modelcard/add/", {"name": "x"})
    client.post("/admin/login/", {"username": "nobody", "password": "wrong"})
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("error", "outcome"), [(Conflict(), "refused"), (RuntimeError("broken"), "failed")]
)
def test_what_breaks_off_is_written_down_without_what_it_says(rf, admin_user, error, outcome):
    def view(request):
        assert AuditEntry.objects.filter(result=None).count() == 1  # before it is done
        raise error

    request = rf.post("/admin/catalog/modelcard/add/")
    request.user = admin_user
    with pytest.raises(type(error)):
        audit.audited(view)(request)
    assert newest().result.outcome == outcome
    assert newest().result.detail == type(error).__name__


def test_nobody_changes_or_deletes_an_entry(admin_client, admin_user):
    admin_client.post("/admin/catalog/modelcard/add/", {"name": ""})
    entry = newest()
    page = f"/admin/operations/auditentry/{entry.pk}"
    for path in ("change/", "delete/"):
        assert (
            admin_client.post(f"{page}/{path}", {"account": "x", "post": "yes"}).status_code == 403
        )
    harm = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
    admin_client.post("/admin/operations/auditentry/", harm)
    assert AuditEntry.objects.filter(pk=entry.pk, account="admin").exists()
    for change in (entry.save, entry.delete, AuditEntry.objects.all().delete):
        with pytest.raises(ValueError, match="can't be"):
            change()
    with pytest.raises(ValueError, match="can't be"):
        AuditEntry.objects.update(account="x")
    with pytest.raises(ValueError, match="can't be"):
        AuditResult.objects.update(outcome="done")
    admin_user.delete()
    assert AuditEntry.objects.get(pk=entry.pk).account == "admin"


def test_all_of_a_list_is_named_by_its_filters(admin_client, no_trials):
    vote = make_vote()
    given = {"action": "take_out", "select_across": "1", "_selected_action": [vote.pk]}
    address = "/admin/battles/vote/?choice__exact=a"
    admin_client.post(address, {**given, "confirmed": "yes", "reason": "operator"})
    assert newest().rows == "all that the list shows: choice__exact=a"


def test_a_command_that_opens_or_shuts_a_door_is_written_down(settings):
    settings.SEALING_KEYS = ("8" * 43 + "=",)
    User.objects.create(username="chief", is_staff=True)
    call_command("second_factor", "chief")
    assert (newest().action, newest().rows) == ("second_factor", "chief")
    call_command("second_factor", "chief", "--off")
    assert newest().action == "second_factor --off"
    assert newest().account.startswith("command line")


def test_the_log_is_read_by_who_may(admin_client):
    admin_client.post("/admin/catalog/modelcard/add/", {"name": ""})
    page = admin_client.get("/admin/operations/auditentry/").content.decode()
    assert "nothing was changed" in page
    assert (
        admin_client.get(f"/admin/operations/auditentry/{newest().pk}/change/").status_code == 200
    )
