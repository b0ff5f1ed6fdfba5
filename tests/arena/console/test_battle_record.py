"""A battle on one page, and votes found by model, voter, network and day."""

from __future__ import annotations

from html import unescape

import pytest

from arena.battles.models import Vote
from arena.boards.services.updating import update_live_boards
from arena.ledger.models import LedgerEntry
from arena.voters.models import Voter
from tests.factories import make_models, make_vote, make_voter

pytestmark = pytest.mark.django_db
VOTES = "/admin/battles/vote/"
ALL = ("battles.view_battle", "battles.view_generation", "battles.view_vote", "labels.view_picture")


@pytest.fixture
def vote(no_layer):
    first, second = make_models("heron", "newt")
    text = "A **red** disc <script>alert(1)</script> [x](javascript:1)"
    voter = make_voter(network="ab" * 16)
    vote = make_vote(first, second, "b", a={"text": text}, b={"text": "Blue."}, voter=voter)
    update_live_boards()
    return vote


def page_of(client, vote):
    return client.get(f"/admin/battles/battle/{vote.battle_id}/change/").content.decode()


def test_everything_that_belongs_to_a_battle_is_on_its_page(admin_client, vote):
    page = page_of(admin_client, vote)
    for said in ("What is in the picture?", "Heron", "Newt", "B is better", "ab" * 16):
        assert said in page
    assert str(vote.voter_id) in page
    assert f"/admin/labels/battlelabels/{vote.battle_id}/picture" in page


def test_answers_are_shown_as_the_voter_saw_them(admin_client, vote):
    page = page_of(admin_client, vote)
    assert "<strong>red</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_a_vote_that_was_taken_out_says_so_and_why(admin_client, vote):
    given = {"action": "take_out", "confirmed": "yes", "reason": "integrity"}
    admin_client.post(VOTES, {**given, "_selected_action": [vote.pk]})
    reason = LedgerEntry.objects.get(kind="exclusion").get_reason_display()
    assert f"no: {reason}" in unescape(page_of(admin_client, vote))


@pytest.mark.parametrize("missing", ALL[1:])
def test_what_an_account_may_not_see_is_not_on_the_page(sign_in, vote, missing):
    page = page_of(sign_in(*(right for right in ALL if right != missing)), vote)
    shown = {
        "battles.view_generation": "<strong>red</strong>" in page or "Heron" in page,
        "battles.view_vote": str(vote.voter_id) in page or "B is better" in page,
        "labels.view_picture": "/picture" in page,
    }
    assert {right for right, seen in shown.items() if not seen} == {missing}


def test_the_page_asks_the_same_questions_for_every_battle(
    admin_client, vote, django_assert_max_num_queries
):
    with django_assert_max_num_queries(16):
        page_of(admin_client, vote)


@pytest.fixture
def crowd(vote):
    """Two more votes from the same network, one of them by another voter; one from elsewhere."""
    versions = vote.version_a, vote.version_b
    same = make_vote(*versions, voter=vote.voter)
    other = make_vote(*versions, voter=make_voter(network="ab" * 16))
    alien = make_vote(*make_models("owl", "elk"), voter=make_voter(network="cd" * 16))
    return {"vote": vote, "same": same, "other": other, "alien": alien}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (lambda c: f"q={c['vote'].voter_id}", {"vote", "same"}),
        (lambda c: f"q={'ab' * 16}", {"vote", "same", "other"}),
        (lambda c: f"q={c['alien'].battle.public_id}", {"alien"}),
        (lambda c: "model=owl", {"alien"}),
        (lambda c: "model=newt", {"vote", "same", "other"}),
        (lambda c: f"model=owl&q={'ab' * 16}", set()),
        (lambda c: "q=nobody", set()),
    ],
)
def test_votes_are_found_by_voter_network_battle_and_model(admin_client, crowd, query, found):
    page = admin_client.get(f"{VOTES}?{query(crowd)}")
    keys = {row.pk for row in page.context["cl"].result_list}
    assert keys == {crowd[name].pk for name in found}


def test_all_votes_of_a_network_are_taken_out_and_back_in(admin_client, crowd):
    chosen = {"select_across": "1", "_selected_action": [crowd["vote"].pk], "confirmed": "yes"}
    for action, reason in (("take_out", "integrity"), ("put_back", "operator")):
        given = {**chosen, "action": action, "reason": reason}
        admin_client.post(f"{VOTES}?q={'ab' * 16}", given)
    kinds = LedgerEntry.objects.order_by("number").values_list("kind", "vote")
    network = [crowd[name].pk for name in ("vote", "same", "other")]
    for kind in ("exclusion", "restoration"):
        assert sorted(vote for k, vote in kinds if k == kind) == sorted(network)
    assert Vote.objects.count() == 4
    assert Voter.objects.count() == 3
