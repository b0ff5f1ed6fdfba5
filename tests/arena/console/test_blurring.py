"""An operator blurs parts of a picture wherever it is published, and that is written down."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry

from arena.battles.models import Image as Picture
from arena.battles.models import ModerationReview
from arena.operations.models import AuditEntry
from arena.reveal.services import share_battle
from tests.arena.reveal.marked import NOTHING, colours, sent, vote_on_noise
from tests.factories import ballot, make_models, make_vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote(valkey_url):
    return vote_on_noise("ash", "elm")


@pytest.fixture
def digest(vote):
    return vote.battle.turns.get().image_id


@pytest.fixture
def page(vote, digest):
    return f"/admin/battles/battle/{vote.battle_id}/blur/?image={digest}"


def test_marks_hold_in_each_battle_with_the_picture_and_are_written_down(
    admin_client, vote, digest, page
):
    other = make_vote(*make_models("oak", "yew"))
    other.battle.turns.update(image=digest)
    assert admin_client.get(page).status_code == 200
    draft = {"image": digest, "draft": NOTHING, "region": ["0,0,50,50"]}
    shown = admin_client.get(page.replace("blur/", "blurred"), draft)
    assert admin_client.post(page, sent((0, 0, 50, 50))).status_code == 302
    for one in (vote, other):
        address = f"/shared/{share_battle(**ballot(one.battle))}/"
        assert admin_client.get(f"{address}images/0").content == shown.content
        assert admin_client.get(f"{address}preview.png").status_code == 200
    assert colours(shown.content, (0, 0, 40, 30)) <= 25
    entry = LogEntry.objects.get(object_id=str(vote.battle_id))
    assert entry.get_change_message() == f"Blurred 1 regions of the picture {digest[:12]}."
    audit = AuditEntry.objects.get(action="console_blur: save")
    assert (audit.subject, audit.rows) == ("battles.battle", str(vote.battle_id))


def test_who_may_look_may_not_mark(sign_in, vote, page):
    looking = sign_in("labels.view_picture")
    assert looking.get(page).status_code == 200
    assert looking.post(page, sent((0, 0, 50, 50))).status_code == 403
    assert not Picture.objects.filter(marked__isnull=False).exists()


def test_the_queue_and_the_battle_lead_there(admin_client, vote):
    review = ModerationReview.objects.create(battle=vote.battle, why="a face")
    for row in (f"moderationreview/{review.pk}", f"battle/{vote.battle_id}"):
        page = admin_client.get(f"/admin/battles/{row}/change/").content.decode()
        assert f"/admin/battles/battle/{vote.battle_id}/blur/" in page
