"""An operator answers a request for erasure in one step."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry

from arena.battles.models import Generation, ModerationReview
from arena.operations.models import AuditResult
from arena.orchestration.services import report_answer
from tests.factories import make_vote

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
PAGE = "/admin/erasure/"


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def test_what_is_pasted_is_erased_and_the_audit_log_names_it(sign_in):
    battle = make_vote().battle
    client = sign_in("battles.erase_battle")
    link = f"https://arena.example/battles/{battle.public_id}/"
    asked = client.post(PAGE, {"addresses": link})
    assert f"<li>{battle.public_id}, " in asked.content.decode()
    assert Generation.objects.exclude(text="").exists()
    page = client.post(PAGE, {"addresses": link, "confirmed": "Erase"}, follow=True)
    assert "1 battle was erased." in page.content.decode()
    battle.refresh_from_db()
    assert battle.erased_because == "operator"
    assert set(Generation.objects.values_list("text", flat=True)) == {""}
    assert battle.public_id in AuditResult.objects.get(outcome="done").detail


def test_a_reported_battle_that_is_erased_waits_for_no_moderator(sign_in):
    battle = make_vote(publish=True).battle
    report_answer(battle=battle, side="a")
    client = sign_in("battles.erase_battle")
    client.post(PAGE, {"addresses": battle.public_id, "confirmed": "Erase"})
    review = ModerationReview.objects.get()
    assert review.state == "withheld"
    assert review.decisions.get().reason == "content erased: operator"
    report_answer(battle=battle, side="b")  # on a page that was open meanwhile
    review.refresh_from_db()
    assert (review.state, review.decisions.count()) == ("withheld", 1)


def test_what_is_asked_for_twice_is_in_the_log_once(sign_in):
    battle = make_vote().battle
    client = sign_in("battles.erase_battle")
    for _ in range(2):
        client.post(PAGE, {"addresses": battle.public_id, "confirmed": "Erase"})
    assert LogEntry.objects.get(object_id=battle.pk).change_message == "Erased the content."


def test_a_text_without_a_battle_erases_nothing(sign_in):
    make_vote()
    page = sign_in("battles.erase_battle").post(PAGE, {"addresses": "x" * 22})
    assert "No battle of this arena" in page.content.decode()


def test_without_the_permission_there_is_no_page(sign_in):
    battle = make_vote().battle
    client = sign_in("battles.view_battle")
    assert client.post(PAGE, {"addresses": battle.public_id}).status_code == 403
    battle.refresh_from_db()
    assert battle.erased_at is None
