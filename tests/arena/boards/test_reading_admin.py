"""Snapshots, ledger and draw policy, as operators read them."""

from __future__ import annotations

import hashlib
import html
import re
from datetime import UTC, datetime

import pytest
from django.db.models import QuerySet
from django.urls import reverse

from arena.battles.models import DrawPlan
from arena.boards.models import Snapshot
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard
from tests.arena.queries import queries_of, statements_of

SNAPSHOTS = "/admin/boards/snapshot/"
PLANS = "/admin/battles/drawplan/"


def text_of(response):
    content = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", content)))


@pytest.fixture
def newest(voted):
    return Snapshot.objects.filter(board__slug="overall").latest()


def body_of(client, snapshot):
    return client.get(reverse("admin:boards_snapshot_json", args=[snapshot.pk]))


def test_each_snapshot_has_its_ledger_number_and_hash_in_the_list(admin_client, newest):
    text = text_of(admin_client.get(SNAPSHOTS))
    assert "Overall 15" in text
    assert newest.etag[:12] in text


def test_the_page_of_a_snapshot_says_how_it_was_computed(admin_client, newest):
    text = text_of(admin_client.get(f"{SNAPSHOTS}{newest.pk}/change/"))
    assert newest.ledger_hash in text
    assert newest.etag in text
    assert '"min_votes": 10' in text


def test_the_body_is_served_byte_for_byte(admin_client, newest):
    answer = body_of(admin_client, newest)
    assert (answer["Content-Type"], answer["ETag"]) == ("application/json", f'"{newest.etag}"')
    assert hashlib.sha256(answer.content).hexdigest() == newest.etag


def test_a_body_that_was_thinned_out_is_computed_again(admin_client, newest):
    QuerySet.update(Snapshot.objects.filter(pk=newest.pk), body="")
    answer = body_of(admin_client, newest)
    assert hashlib.sha256(answer.content).hexdigest() == newest.etag


def test_bodies_are_for_operators(client, newest):
    assert body_of(client, newest).status_code == 302


def test_the_list_reads_no_bodies(admin_client, newest):
    assert not any('"body"' in statement for statement in statements_of(admin_client, SNAPSHOTS))


def test_queries_of_the_list_do_not_grow_with_the_snapshots(admin_client, voted):
    before = queries_of(admin_client, SNAPSHOTS)
    for _ in range(3):
        voted()
    assert queries_of(admin_client, SNAPSHOTS) == before


def test_the_ledger_shows_labels_day_and_who(admin_client, voted):
    text = text_of(admin_client.get("/admin/ledger/ledgerentry/"))
    assert "en captioning" in text


@pytest.mark.parametrize(("imported", "count"), [("yes", 0), ("no", 15)])
def test_entries_are_told_apart_by_where_they_come_from(admin_client, voted, imported, count):
    page = admin_client.get(f"/admin/ledger/ledgerentry/?imported={imported}")
    assert page.context["cl"].result_count == count


def test_the_policy_in_force_stands_above_the_plans(admin_client, voted, settings):
    text = text_of(admin_client.get(PLANS))
    assert "fewest_votes : Pairs of models with few votes come first." in text
    assert "3 pairs of 3 models." in text
    assert f"Share of the draw that stays uniform: {settings.DRAW_FLOOR}" in text


def test_weights_that_operators_have_given_are_named(admin_client, voted):
    assert "Every model card has the draw weight 1." in text_of(admin_client.get(PLANS))
    ModelCard.objects.filter(slug="first").update(weight=2.5)
    assert "Draw weights other than 1: First 2.5" in text_of(admin_client.get(PLANS))


def test_boosts_in_force_are_named_with_their_end(admin_client, voted):
    until = datetime(2126, 1, 2, 3, 4, tzinfo=UTC)
    ModelCard.objects.filter(slug="first").update(boost=2.5, boost_until=until)
    past = datetime(2026, 1, 2, tzinfo=UTC)
    ModelCard.objects.filter(slug="second").update(boost=3.0, boost_until=past)
    for page in (PLANS, "/admin/sampling/", "/admin/catalog/modelcard/"):
        text = text_of(admin_client.get(page))
        assert "× 2.5 until" in text
        assert "× 3" not in text


def test_without_a_plan_the_page_says_what_holds(admin_client, db):
    assert not DrawPlan.objects.exists()
    assert "until the first vote every pair is equally likely" in text_of(admin_client.get(PLANS))


@pytest.mark.parametrize("address", [SNAPSHOTS, PLANS])
def test_nothing_of_it_is_changed_by_hand(admin_client, voted, address):
    update_live_boards()
    for page in ("add", "1/change", "1/delete"):
        assert admin_client.post(f"{address}{page}/", {}).status_code in (302, 403)
    assert Snapshot.objects.exists()
    assert DrawPlan.objects.exists()
