"""The public ledger of integrity names nobody; the page of a case in the admin has it all."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User

from arena.catalog.models import ModelCard
from arena.integrity.models import Case
from arena.integrity.services.cases import CaseFinding, store_case
from arena.integrity.services.decisions import decide_case
from arena.integrity.states import CaseKind, CaseStatus, PushDirection
from arena.ledger.services.folding import fold
from tests.factories import make_models, make_vote, make_voter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
EVIDENCE = {"curve": [[1, 0.5], [2, 3.0], [3, 9.2]], "level": 8.3, "expected": 0.4, "taken": 1.0}


@pytest.fixture
def votes():
    pair, voter = make_models("heron", "newt"), make_voter()
    keys = [make_vote(*pair, voter=voter) for _ in range(3)]
    fold()
    return keys


@pytest.fixture
def case(votes):
    return store_case(
        CaseFinding(
            CaseKind.BETTING,
            [vote.pk for vote in votes],
            votes[-1].pk,
            card=votes[0].version_a.card_id,
            direction=PushDirection.UP,
            voter=votes[0].voter_id,
            evidence=EVIDENCE,
        )
    )[0]


def test_the_public_page_says_what_happened_and_to_nobody(client, case):
    decide_case(case=case.pk, action="exclude", by="ada.lovelace", words="One network.")
    text = client.get("/integrity/").content.decode()
    assert "Heron" in text
    assert "One network." in text
    assert "votes excluded" in text
    for hidden in ("ada.lovelace", str(case.voter_id), case.voter_id.hex):
        assert hidden not in text


def test_the_public_page_goes_back_in_pages_and_takes_any_word(client, case):
    Case.objects.bulk_create(
        Case(kind=CaseKind.RUSHED, last_vote=1, evidence={}) for _ in range(55)
    )
    first = client.get("/integrity/")
    older = first.context["page"].older
    assert len(first.context["page"].cases) == 50
    assert len(client.get(f"/integrity/?before={older}").context["page"].cases) == 6
    for word in ("x", "²", "9" * 30, "-1"):
        assert client.get("/integrity/", {"before": word}).status_code == 200


def test_an_empty_arena_has_an_empty_page(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        assert "Nothing has looked wrong yet." in client.get("/integrity/").content.decode()


def test_the_page_of_a_case_has_evidence_votes_and_the_ranking_without_them(admin_client, case):
    text = admin_client.get(f"/admin/integrity/case/{case.pk}/change/").content.decode()
    assert '<polyline class="evidence__curve" points="0.0,' in text
    assert "Exclude all 3 votes" in text
    assert str(case.voter_id) in text
    assert text.count("/admin/battles/vote/") >= 3
    assert "The ranking with and without these votes" in text


def test_the_buttons_say_how_many_votes_each_decision_is_about(admin_client, votes):
    keys = [vote.pk for vote in votes]
    case = store_case(CaseFinding(CaseKind.DRIFT, keys, keys[-1], carriers=keys[:1]))[0]
    page = f"/admin/integrity/case/{case.pk}/change/"
    text = admin_client.get(page).content.decode()
    assert "Exclude the 1 vote that carries the evidence" in text
    assert "Exclude all 3 votes" in text
    assert "Places won by it" in text
    address = f"/admin/integrity/case/{case.pk}/decide/"
    text = admin_client.post(address, {"action": "carriers"}, follow=True).content.decode()
    assert "Done for 1 vote." in text
    assert "of them stand excluded" in text
    shown = admin_client.get("/integrity/").content.decode()
    assert "votes that carry the evidence excluded, 1 vote (by an operator)" in shown


def test_one_click_decides_and_says_so(admin_client, case):
    address = f"/admin/integrity/case/{case.pk}/decide/"
    text = admin_client.post(address, {"action": "exclude"}, follow=True).content.decode()
    assert "Done for 3 votes." in text
    assert "Open again: the votes count" in text
    case.refresh_from_db()
    assert (case.status, case.decisions.get().by) == (CaseStatus.EXCLUDED, "admin")
    text = admin_client.post(address, {"action": "exclude"}, follow=True).content.decode()
    assert "moved on" in text
    text = admin_client.post(address, {"action": "burn"}, follow=True).content.decode()
    assert "not one of the decisions" in text


def test_who_may_look_may_not_decide(client, case):
    viewer = User.objects.create(username="viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_case"))
    client.force_login(viewer)
    text = client.get(f"/admin/integrity/case/{case.pk}/change/").content.decode()
    assert "Exclude all" not in text
    assert str(case.voter_id) not in text
    address = f"/admin/integrity/case/{case.pk}/decide/"
    assert client.post(address, {"action": "exclude"}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "shown"), [("drift", True), ("campaign", True), ("rushed", False)]
)
def test_a_board_with_an_open_alarm_is_under_review(client, voted, kind, shown):
    card = ModelCard.objects.get(slug="first")
    found = Case.objects.create(kind=kind, card=card, last_vote=1)
    assert ("Under review" in client.get("/leaderboard/").content.decode()) == shown
    Case.objects.filter(pk=found.pk).update(status=CaseStatus.DISMISSED)
    assert "Under review" not in client.get("/leaderboard/").content.decode()
