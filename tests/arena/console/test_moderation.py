"""The moderators' queue and the trial of the gates."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from arena.battles.models import Battle, ModerationReview
from arena.core.errors import Conflict
from arena.operations.models import AuditEntry
from arena.orchestration.services import decide_review, report_answer
from tests.arena.core.pictures import encoded
from tests.factories import make_battle

pytestmark = pytest.mark.django_db
QUEUE = "/admin/battles/moderationreview/"


@pytest.fixture
def review():
    report_answer(battle=make_battle(publish=True), side="a")
    return ModerationReview.objects.get()


def mark_on_page(client, review):
    page = client.get(f"{QUEUE}{review.pk}/change/").content.decode()
    return re.search(r'<input type="hidden" name="seen" value="([^"]+)"', page)[1]


def decide(client, review, state, reason="seen", seen=""):
    inline = {f"decisions-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    form = {"state": state, "reason": reason, **inline}
    form["seen"] = seen or mark_on_page(client, review)
    return client.post(f"{QUEUE}{review.pk}/change/", form)


def test_the_queue_lists_what_waits(admin_client, review):
    page = admin_client.get(QUEUE, {"state__exact": "open"}).content.decode()
    assert str(review.battle) in page
    assert "reported: A" in page


def test_the_picture_is_veiled_until_asked_for(admin_client, review):
    page = admin_client.get(f"{QUEUE}{review.pk}/change/").content.decode()
    assert '<label class="veiled"><input type="checkbox">' in page


def test_a_decision_with_its_reason_is_stored_and_logged(admin_client, review):
    assert decide(admin_client, review, "allowed", "a joke").status_code == 302
    assert Battle.objects.get().clearance == "clear"
    (made,) = review.decisions.all()
    assert (made.state, made.reason, made.by) == ("allowed", "a joke", "admin")
    assert AuditEntry.objects.filter(subject="battles.moderationreview").exists()
    decide(admin_client, review, "open", "too quick")
    assert Battle.objects.get().clearance == "withheld"


def test_no_decision_without_a_reason(admin_client, review):
    assert decide(admin_client, review, "allowed", "").status_code == 200
    assert not review.decisions.exists()


def test_of_two_moderators_who_see_the_same_the_first_decides(admin_client, review):
    seen = mark_on_page(admin_client, review)
    decide(admin_client, review, "withheld", "a face", seen)
    late = decide(admin_client, review, "allowed", "a joke", seen)
    (said,) = late.context["adminform"].form.non_field_errors()
    assert "This has moved on in the meantime, so nothing was changed." in said
    with pytest.raises(Conflict):
        decide_review(review=review, state="allowed", reason="a joke", by="bob", seen=seen)
    assert [one.state for one in review.decisions.all()] == ["withheld"]
    assert Battle.objects.get().clearance == "withheld"
    seen = mark_on_page(admin_client, review)
    report_answer(battle=review.battle, side="b")
    assert decide(admin_client, review, "allowed", "a joke", seen).status_code == 200
    seen = mark_on_page(admin_client, review)
    Battle.objects.update(state="voted")  # with an answer that was not on that page, maybe
    assert decide(admin_client, review, "allowed", "a joke", seen).status_code == 200
    assert decide(admin_client, review, "allowed", "a joke").status_code == 302
    assert Battle.objects.get().clearance == "clear"


class TestTrial:
    """What the gates would say of a text or a picture."""

    @pytest.fixture
    def rules(self, settings, tmp_path):
        file = tmp_path / "rules"
        file.write_text("weapons: bomb\n")
        settings.MODERATION_RULES, settings.MODERATION_SECONDS = str(file), 60.0

    def ask(self, client, **fields):
        return client.post("/admin/gates/", fields).content.decode()

    def test_it_shows_what_each_moderator_says_and_what_follows(self, admin_client, rules):
        page = self.ask(admin_client, text="a bomb")
        assert "<dt>rule_list</dt>" in page
        assert "a moderator is asked before anything is published" in page
        assert "The battle begins.</dd>" in self.ask(admin_client, text="a flower")

    def test_it_shows_what_the_age_of_an_account_means(self, admin_client, settings):
        settings.ACCOUNT_HOURS = 24
        before = "count before an operator restores it"
        assert before in self.ask(admin_client, text="a flower")
        assert before in self.ask(admin_client, text="a flower", account_hours=3)
        assert "The vote counts." in self.ask(admin_client, text="a flower", account_hours=30)

    def test_a_picture_has_its_hash_for_the_list(self, admin_client):
        picture = SimpleUploadedFile("x.png", encoded(), "image/png")
        assert "Perceptual hash of the picture" in self.ask(admin_client, picture=picture)

    def test_what_is_no_picture_is_said(self, admin_client):
        picture = SimpleUploadedFile("x.png", b"no picture", "image/png")
        assert "That file is no picture" in self.ask(admin_client, picture=picture)

    def test_nothing_at_all_is_said(self, admin_client):
        assert "Please give a text, a picture, or both." in self.ask(admin_client)

    def test_who_may_not_moderate_may_not_try(self, client, django_user_model):
        client.force_login(django_user_model.objects.create_user("one", is_staff=True))
        assert client.get("/admin/gates/").status_code == 403
