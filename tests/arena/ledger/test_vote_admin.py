"""Operators take votes out of the ranking and back in; nothing is changed or deleted."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User

from arena.battles.models import Vote
from arena.boards.services.updating import update_live_boards
from arena.labels.services import relabel
from arena.labels.states import LabelKind as LabelKind
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.events import entries_about
from arena.ledger.services.exclusions import exclude
from arena.ledger.services.tallies import tally
from tests.arena.queries import queries_of
from tests.factories import make_models, make_vote

LIST = "/admin/battles/vote/"
OUT = {"action": "take_out", "confirmed": "Exclude", "reason": "operator", "note": ""}
BACK = {"action": "put_back", "confirmed": "Restore", "reason": "operator", "note": ""}


def text_of(response):
    content = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", content)))


def act(client, votes, **data):
    return client.post(LIST, {"_selected_action": [v.pk for v in votes], **data}, follow=True)


def counted():
    return tally().counts.total


@pytest.fixture
def votes(voted):
    return list(Vote.objects.order_by("pk")[:2])


def test_the_page_before_says_what_happens_and_does_nothing(admin_client, votes):
    text = text_of(act(admin_client, votes, action="take_out"))
    assert "The votes leave every board within seconds. They are not deleted." in text
    assert "The ledger gets an exclusion for each, with the reason and your name." in text
    assert "2 votes" in text
    assert "second v1, third v1: Both are good" in text
    assert counted() == 15


def test_votes_are_taken_out_with_reason_and_name(admin_client, votes):
    text = text_of(act(admin_client, votes, **{**OUT, "reason": "integrity"}))
    assert "Done for 2 votes." in text
    assert counted() == 13
    newest = LedgerEntry.objects.order_by("-number")[:2]
    assert {(e.kind, e.reason, e.by) for e in newest} == {("exclusion", "integrity", "admin")}


def test_votes_are_put_back(admin_client, votes):
    act(admin_client, votes, **OUT)
    assert "Done for 2 votes." in text_of(act(admin_client, votes, **BACK))
    assert counted() == 15
    assert Vote.objects.count() == 15


def test_what_is_out_already_is_left_as_it_is(admin_client, votes):
    act(admin_client, votes[:1], **OUT)
    text = text_of(act(admin_client, votes, **OUT))
    assert "Done for 1 vote. 1 was left as it is." in text
    assert LedgerEntry.objects.filter(kind="exclusion").count() == 2


def test_what_is_out_for_another_reason_is_decided_on_and_its_page_says_so(admin_client, votes):
    exclude(votes=[votes[0].pk], reason="withdrawn")
    page = f"{LIST}{votes[0].pk}/change/"
    assert "Exclusion by an operator: -" in text_of(admin_client.get(page))
    assert "Done for 1 vote." in text_of(act(admin_client, votes[:1], **OUT))
    assert LedgerEntry.objects.filter(kind="exclusion").count() == 1
    said = "Exclusion by an operator: by decision of an operator; admin, "
    assert said in text_of(admin_client.get(page))


def test_the_note_is_in_the_log_of_the_admin_alone(admin_client, votes):
    act(admin_client, votes[:1], **{**OUT, "note": "same answer pasted a hundred times"})
    said = LogEntry.objects.get(object_id=votes[0].pk).get_change_message()
    assert said == "Exclude votes from the ranking. same answer pasted a hundred times"


@pytest.mark.parametrize("reason", ["", "relabelled", "source", "because"])
def test_a_reason_that_is_not_the_operators_asks_again(admin_client, votes, reason):
    text = text_of(act(admin_client, votes, **{**OUT, "reason": reason}))
    assert "Exclude votes from the ranking" in text
    assert counted() == 15


def test_all_pages_can_be_chosen(admin_client, votes):
    act(admin_client, votes[:1], **OUT, select_across="1")
    assert counted() == 0


def test_a_vote_that_was_not_blind_comes_back_only_for_that_reason(admin_client, voted):
    vote = make_vote(*make_models("fourth", "fifth"), a={"betrays": True})
    update_live_boards()
    assert "Done for 0 votes. 1 was left" in text_of(act(admin_client, [vote], **BACK))
    text = text_of(act(admin_client, [vote], **{**BACK, "reason": "betrayed"}))
    assert "Done for 1 vote." in text
    assert counted() == 16


def test_a_vote_outside_the_ledger_can_be_taken_out(admin_client, voted):
    vote = make_vote(*make_models("fourth", "fifth"))
    assert "not yet" in text_of(admin_client.get(LIST))
    act(admin_client, [vote], **OUT)
    kinds = [entry.kind for entry in entries_about(vote.pk)]
    assert kinds == ["vote", "exclusion"]


def test_the_page_of_a_vote_shows_its_history_in_the_ledger(admin_client, votes):
    act(admin_client, votes[:1], **OUT)
    act(admin_client, votes[:1], **BACK)
    text = text_of(admin_client.get(f"{LIST}{votes[0].pk}/change/"))
    assert re.search(
        r"1 vote en captioning .* exclusion by decision of an operator en captioning admin"
        r" .* restoration by decision of an operator en captioning admin",
        text,
    )


def test_a_move_to_other_labels_is_in_the_history(admin_client, votes):
    turn = votes[0].battle.turns.get()
    relabel(turns=[turn.pk], kind=LabelKind.CATEGORY, value="ocr")
    update_live_boards()
    text = text_of(admin_client.get(f"{LIST}{votes[0].pk}/change/"))
    assert "exclusion its labels were changed en captioning" in text
    assert "restoration its labels were changed en ocr" in text


def test_the_list_says_which_votes_are_out(admin_client, votes):
    act(admin_client, votes[:1], **OUT)
    rows = admin_client.get(f"{LIST}?out=operator").context["cl"].result_list
    assert [vote.pk for vote in rows] == [votes[0].pk]
    assert "no, taken out" in text_of(admin_client.get(f"{LIST}?out=operator"))


def test_votes_that_wait_for_the_ledger_are_found(admin_client, voted):
    vote = make_vote(*make_models("fourth", "fifth"))
    rows = admin_client.get(f"{LIST}?folded=no").context["cl"].result_list
    assert [row.pk for row in rows] == [vote.pk]
    assert admin_client.get(f"{LIST}?folded=yes").context["cl"].result_count == 15


def test_queries_of_the_list_do_not_grow_with_the_votes(admin_client, voted):
    before = queries_of(admin_client, LIST)
    voted(5)
    assert queries_of(admin_client, LIST) == before


def test_who_may_only_look_takes_nothing_out(client, votes):
    reader = User.objects.create(username="reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_vote"))
    client.force_login(reader)
    assert "Exclude from the ranking" not in text_of(client.get(LIST))
    act(client, votes, **OUT)
    assert counted() == 15
