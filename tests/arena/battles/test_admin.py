from __future__ import annotations

import pytest

from arena.boards import dispatch
from arena.boards.services.updating import update_live_boards
from tests.factories import make_battle, make_card, make_models, make_version, make_vote

pytestmark = pytest.mark.django_db

PAGES = [
    "battles/battle",
    "battles/generation",
    "battles/vote",
    "battles/drawplan",
    "ledger/ledgerentry",
    "ledger/paircount",
    "boards/snapshot",
]


@pytest.fixture
def voted(monkeypatch):
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
    make_vote(*make_models("first", "second"))
    update_live_boards()


@pytest.mark.parametrize("page", PAGES)
def test_operators_read_and_change_nothing(admin_client, voted, page):
    assert admin_client.get(f"/admin/{page}/").status_code == 200
    assert admin_client.get(f"/admin/{page}/1/change/").status_code in (200, 302)
    for address in ("add", "1/change", "1/delete"):
        assert admin_client.post(f"/admin/{page}/{address}/", {}).status_code in (302, 403)
    assert admin_client.post(f"/admin/{page}/add/", {}).status_code == 403


def test_what_failed_is_found_with_its_code_model_and_worker(admin_client):
    failed = {"state": "failed", "code": "timeout", "worker": "gpu-1"}
    make_battle(make_version(make_card("slow")), a=failed)
    html = admin_client.get("/admin/battles/generation/?state__exact=failed").content.decode()
    row = html[html.index("<tbody>") : html.index("</tbody>")]
    assert row.count("<tr>") == 1
    assert all(word in row for word in ("timeout", "gpu-1", "slow v1"))


@pytest.mark.parametrize(("page", "field"), [("battle", "pacing"), ("vote", "battle__pacing")])
def test_battles_and_votes_are_told_apart_by_how_answers_were_shown(admin_client, page, field):
    for pacing in ("veiled", "live", "live"):
        make_vote(pacing=pacing)
    for pacing, count in (("veiled", 1), ("live", 2)):
        html = admin_client.get(f"/admin/battles/{page}/?{field}__exact={pacing}").content.decode()
        assert html[html.index("<tbody>") : html.index("</tbody>")].count("<tr>") == count


@pytest.mark.parametrize("page", PAGES)
def test_a_list_asks_no_query_per_row(
    admin_client, monkeypatch, page, django_assert_max_num_queries
):
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
    [make_vote() for _ in range(20)]
    update_live_boards()
    with django_assert_max_num_queries(12):
        admin_client.get(f"/admin/{page}/")
