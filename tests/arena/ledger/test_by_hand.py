"""An operator's exclusion of a vote stands, however and whenever the vote comes back."""

from __future__ import annotations

from random import Random

import pytest

from arena.labels.models import BattleLabels
from arena.labels.services import label_set
from arena.ledger.models import LedgerEntry, StandingExclusion
from arena.ledger.selectors.events import last_events
from arena.ledger.selectors.head import head
from arena.ledger.services.audit import broken_links
from arena.ledger.services.exclusions import exclude, exclude_by_hand, relabel, restore
from arena.ledger.services.withdrawing import reinstate_vote, withdraw_vote
from tests.arena.at_once import at_once
from tests.arena.ledger.adding_up import counted, difference
from tests.factories import ballot, make_vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote():
    return make_vote()


def out(vote, reason="operator"):
    return exclude_by_hand(votes=[vote.pk], reason=reason, by="ada")


def said(vote):
    rows = LedgerEntry.objects.exclude(kind="vote").order_by("number")
    return [" ".join(row) for row in rows.values_list("kind", "reason", "by")]


def is_sound():
    return difference() == [] and list(broken_links(head().number, lambda number: None)) == []


def test_a_vote_that_was_taken_back_is_out_when_it_is_put_back(vote):
    withdraw_vote(**ballot(vote.battle))
    assert [out(vote), out(vote)] == [1, 0]
    assert len(said(vote)) == 1
    assert [reinstate_vote(**ballot(vote.battle)) for _ in range(2)] == [True, False]
    assert said(vote)[1:] == ["restoration withdrawn ", "exclusion operator ada"]
    assert (counted(), is_sound()) == (0, True)
    assert restore(votes=[vote.pk], reason="operator", by="bob") == 1
    assert (counted(), is_sound()) == (1, True)
    assert not StandingExclusion.objects.exists()


def test_an_operator_who_restores_it_meanwhile_has_the_last_word(vote):
    withdraw_vote(**ballot(vote.battle))
    out(vote)
    assert restore(votes=[vote.pk], reason="operator", by="bob") == 0
    assert (counted(), last_events([vote.pk])[vote.pk].reason) == (0, "withdrawn")
    reinstate_vote(**ballot(vote.battle))
    assert counted() == 1


def test_who_restores_what_named_its_model_restores_nothing_else(vote):
    exclude(votes=[vote.pk], reason="integrity")
    out(vote)
    assert restore(votes=[vote.pk], reason="betrayed", by="bob") == 0
    restore(votes=[vote.pk], reason="integrity")
    assert (counted(), StandingExclusion.objects.get().by) == (0, "ada")


@pytest.mark.parametrize("reason", ["operator", "integrity"])
def test_a_case_that_is_opened_again_brings_it_not_back(vote, reason):
    exclude(votes=[vote.pk], reason="integrity")
    out(vote, reason)
    assert restore(votes=[vote.pk], reason="integrity") == 0
    assert (counted(), said(vote)[-1]) == (0, f"exclusion {reason} ada")


def test_a_vote_that_waits_is_taken_out_at_once_and_for_good(vote):
    exclude(votes=[vote.pk], reason="provisional")
    assert out(vote) == 1
    assert last_events([vote.pk])[vote.pk].reason == "operator"
    assert restore(votes=[vote.pk], reason="provisional") == 0
    assert (counted(), is_sound()) == (0, True)


def test_no_vote_outside_the_ledger_and_no_unknown_one_is_named():
    assert exclude_by_hand(votes=[10**9], reason="operator") == 0
    with pytest.raises(ValueError, match="whim"):
        exclude_by_hand(votes=[10**9], reason="whim")


def test_in_any_order_what_an_operator_excluded_never_counts(vote):
    key, own, dice = [vote.pk], ballot(vote.battle), Random(7)
    languages = [label_set(language=name) for name in ("en", "de")]

    def label_anew():
        fields = {"labels": dice.choice(languages), "stale": True}
        BattleLabels.objects.update_or_create(battle=vote.battle, defaults=fields)
        relabel()

    steps = {
        "out": lambda: out(vote, dice.choice(["operator", "integrity"])),
        "back": lambda: restore(votes=key, reason="operator"),
        "withdraw": lambda: withdraw_vote(**own),
        "reinstate": lambda: reinstate_vote(**own),
        "case": lambda: exclude(votes=key, reason="integrity"),
        "reopen": lambda: restore(votes=key, reason="integrity"),
        "wait": lambda: exclude(votes=key, reason="provisional"),
        "free": lambda: restore(votes=key, reason="provisional"),
        "label": label_anew,
    }
    stands = 0
    for name in dice.sample(list(steps) * 3, k=3 * len(steps)):
        steps[name]()
        stands = {"out": 1, "back": 0}.get(name, stands)
        assert counted() <= 1 - stands
    for name in ("back", "reinstate", "reopen", "free"):
        steps[name]()
    assert (counted(), is_sound()) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_putting_back_and_excluding_at_once_leaves_it_out(vote):
    withdraw_vote(**ballot(vote.battle))
    work = {"back": lambda: reinstate_vote(**ballot(vote.battle)), "out": lambda: out(vote)}
    done = at_once(lambda name: work[name](), ["back", "out"] * 2)
    assert sorted(done) == [0, False, 1, True]
    assert (counted(), is_sound()) == (0, True)
    assert StandingExclusion.objects.get().by == "ada"
