"""What the public page of changes counts."""

from __future__ import annotations

import pytest
from django.utils import timezone

from arena.battles.models import Battle
from arena.catalog.selectors import public_cards
from arena.catalog.services import lifecycle
from arena.leaderboard.selectors.card_changes import card_changes
from tests.factories import make_battle, make_card, make_version

pytestmark = pytest.mark.django_db


def test_a_battle_without_a_vote_does_not_move_the_number_of_unshown_versions():
    card = make_card("heron", organization="Cormorant Works")
    version = make_version(card, tried_at=timezone.now())
    assert card_changes().unlisted == [("Cormorant Works", 1)]
    battle = make_battle(version, make_version())
    assert card_changes().unlisted == [("Cormorant Works", 1)]
    Battle.objects.filter(pk=battle.pk).update(state="voted")
    assert card_changes().unlisted == []


def test_a_card_that_no_voter_met_stays_unknown_when_it_is_retired():
    never, met = make_card("never", state="trial"), make_card("met", state="active")
    make_version(met)
    for card in (never, met):
        lifecycle.retire(card=card)
    assert {change.card.slug for change in card_changes().changes} == {"met"}
    assert set(public_cards().values_list("slug", flat=True)) == {"met"}
