"""Votes are taken out and back in by events alone."""

from __future__ import annotations

import pytest

from arena.boards.services.updating import update_live_boards
from arena.labels.models import BattleLabels
from arena.labels.services import label_set
from arena.ledger.models import Cell, LedgerEntry, PairCount
from arena.ledger.services import exclusions
from arena.ledger.services.exclusions import relabel
from arena.ledger.services.folding import fold
from arena.ledger.states import ExclusionReason
from tests.arena.ledger.adding_up import counted, difference
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def votes():
    """Three of a kind."""
    first, second = make_models("first", "second")
    return [make_vote(first, second).pk for _ in range(3)]


def said():
    rows = LedgerEntry.objects.order_by("number")
    return list(rows.values_list("kind", "vote", "reason", "by"))


def exclude(*votes, reason=ExclusionReason.OPERATOR):
    return exclusions.exclude(votes=votes, reason=reason, by="ada")


def restore(*votes, reason=ExclusionReason.OPERATOR):
    return exclusions.restore(votes=votes, reason=reason, by="ada")


def test_a_vote_that_is_excluded_counts_no_more_and_stays_in_the_ledger(votes):
    fold()
    assert exclude(votes[1]) == 1
    assert (counted(), difference()) == (2, [])
    assert said()[1] == ("vote", votes[1], "", "")
    assert said()[3] == ("exclusion", votes[1], "operator", "ada")


def test_a_vote_that_is_restored_counts_again(votes):
    exclude(votes[1])
    assert restore(votes[1]) == 1
    assert (counted(), difference()) == (3, [])
    assert [kind for kind, *_ in said()] == ["vote"] * 3 + ["exclusion", "restoration"]


def test_a_vote_outside_the_ledger_is_folded_first(votes):
    assert exclude(votes[0]) == 1
    assert [kind for kind, *_ in said()] == ["vote"] * 3 + ["exclusion"]


def test_what_is_out_is_not_taken_out_again_and_what_counts_not_restored(votes):
    assert [exclude(votes[0]), exclude(votes[0]), exclude(votes[0], votes[1])] == [1, 0, 1]
    assert [restore(votes[2]), restore(votes[0]), restore(votes[0])] == [0, 1, 0]
    assert (counted(), difference()) == (2, [])


def test_a_vote_that_is_named_twice_is_excluded_once(votes):
    assert exclude(votes[0], votes[0]) == 1


def test_an_unknown_vote_changes_nothing(votes):
    assert exclude(10**9) == 0


def test_a_reason_that_is_none_is_refused(votes):
    with pytest.raises(ValueError, match="whim"):
        exclude(votes[0], reason="whim")


def test_many_votes_go_in_pieces(votes, monkeypatch):
    monkeypatch.setattr("arena.ledger.services.exclusions.PIECE", 2)
    assert exclude(*votes) == 3
    assert (counted(), difference()) == (0, [])


def test_a_vote_comes_back_for_the_reason_for_which_it_went(votes):
    exclude(votes[0], reason=ExclusionReason.OPERATOR)
    assert restore(votes[0], reason=ExclusionReason.INTEGRITY) == 0
    exclude(votes[1], reason=ExclusionReason.INTEGRITY)
    assert restore(votes[1], reason=ExclusionReason.INTEGRITY) == 1
    assert counted() == 2


def test_an_operator_overrules_everything_but_a_vote_that_was_not_blind():
    betrayed, other = make_vote(a={"betrays": True}).pk, make_vote().pk
    exclude(other, reason=ExclusionReason.INTEGRITY)
    assert restore(betrayed, other, reason=ExclusionReason.OPERATOR) == 1
    assert restore(betrayed, reason=ExclusionReason.BETRAYED) == 1


def labelled(vote, language, *, stale):
    labels = label_set(language=language)
    fields = {"labels": labels, "stale": stale}
    BattleLabels.objects.update_or_create(battle=vote.battle, defaults=fields)
    return labels.pk


def under(labels):
    return sum(Cell.objects.filter(labels=labels).values_list("votes", flat=True))


def test_a_vote_that_is_labelled_anew_moves_by_two_events_behind_one_another():
    vote = make_vote()
    english = labelled(vote, "en", stale=False)
    fold()
    german = labelled(vote, "de", stale=True)
    assert relabel() == 1
    assert (under(english), under(german), counted(), difference()) == (0, 1, 1, [])
    assert [row[:3] for row in said()[1:]] == [
        ("exclusion", vote.pk, "relabelled"),
        ("restoration", vote.pk, "relabelled"),
    ]
    assert not BattleLabels.objects.get().stale


def test_labels_that_the_ledger_has_already_are_no_event():
    vote = make_vote()
    labelled(vote, "en", stale=True)
    fold()
    assert relabel() == 0
    assert (len(said()), BattleLabels.objects.get().stale) == (1, False)


def test_labels_of_a_vote_outside_the_ledger_wait_for_it():
    labelled(make_vote(), "en", stale=True)
    assert relabel() == 0
    assert BattleLabels.objects.get().stale


def test_a_vote_that_does_not_count_moves_when_it_comes_back():
    vote = make_vote()
    labelled(vote, "en", stale=False)
    exclude(vote.pk)
    german = labelled(vote, "de", stale=True)
    assert (relabel(), counted()) == (0, 0)
    restore(vote.pk)
    assert (under(german), difference()) == (1, [])


def test_relabelled_votes_leave_the_totals_as_they_were(votes):
    fold()
    before = list(PairCount.objects.values_list("votes", flat=True))
    BattleLabels.objects.update(labels=label_set(language="de"), stale=True)
    assert relabel() == 3
    assert list(PairCount.objects.values_list("votes", flat=True)) == before


def test_a_refresh_relabels(no_layer):
    vote = make_vote()
    update_live_boards()
    labels = labelled(vote, "de", stale=True)
    update_live_boards()
    assert under(labels) == 1
