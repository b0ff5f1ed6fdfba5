"""Unlisted models: met by invitation alone, on no public page, in no ledger, and still counted."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.utils import timezone

from arena.battles.models import Battle, UnfoldedVote, Vote
from arena.battles.selectors import pairing
from arena.battles.selectors.reading import generations_of
from arena.battles.states import BattleState
from arena.boards.services.updating import update_live_boards
from arena.catalog.services import list_publicly, retire
from arena.console.selectors.invited import invited_records
from arena.core.errors import Conflict
from arena.gates.models import InvitedModel
from arena.leaderboard.selectors.card_changes import card_changes
from arena.ledger.selectors.audit import misplaced_votes
from arena.ledger.services.folding import fold
from arena.orchestration import services
from arena.orchestration.services import BattleInput
from arena.orchestration.services.replacing import replace_side
from arena.reveal.services import NotShareable, share_battle
from arena.voters.models import Invitation, Membership
from tests.factories import (
    ballot,
    make_battle,
    make_card,
    make_models,
    make_version,
    make_vote,
    make_voter,
)

SECRET = "gyrfalcon-9b"
MAKER = "Quiet Works"


@pytest.fixture
def secret(models):
    card = make_card(SECRET, unlisted=True, organization=MAKER, limits=f"{SECRET} sees no maps.")
    return make_version(card, tried_at=timezone.now())


@pytest.fixture
def member(secret):
    """A voter with an invitation to the unlisted model."""
    invitation = Invitation.objects.create(label="Friends")
    InvitedModel.objects.create(invitation=invitation, card=secret.card)
    voter = make_voter(publish=True)
    Membership.objects.create(voter=voter, invitation=invitation)
    return voter


def start(voter, picture):
    question = BattleInput(picture=picture, prompt="What is this?")
    return services.start_battle(voter=voter, question=question)


def shown(battle):
    return {row.version.card.slug for row in generations_of(battle)}


@pytest.fixture
def voted(member, secret, models, commit):
    """The member has voted on the unlisted model."""
    battle = make_battle(secret, models[0], voter=member, unlisted=True, publish=True)
    commit(services.cast_vote, **ballot(battle), choice="a")
    return battle


def test_a_stranger_never_meets_it_and_a_member_always_does(member, secret, picture):
    for _ in range(8):
        assert SECRET not in shown(start(make_voter(), picture))
    begun = [start(member, picture) for _ in range(8)]
    assert all(SECRET in shown(battle) and battle.unlisted for battle in begun)
    assert {(battle.draw_policy, battle.draw_probability) for battle in begun} == {("invited", 0.5)}


@pytest.mark.parametrize("change", ["withdrawn", "listed", "closed"])
def test_whoever_is_invited_no_more_meets_it_no_more(member, secret, picture, change):
    if change == "withdrawn":
        Invitation.objects.update(is_withdrawn=True)
    elif change == "closed":
        InvitedModel.objects.all().delete()
    else:
        list_publicly(card=secret.card)
    assert not any(start(member, picture).unlisted for _ in range(4))


def test_where_it_cannot_answer_a_member_gets_a_pair_of_listed_models(member, secret, picture):
    retire(card=secret.card)
    battle = start(member, picture)
    assert (SECRET in shown(battle), battle.unlisted) == (False, False)


def test_its_vote_is_stored_and_comes_into_no_ledger(voted):
    vote = Vote.objects.get(battle=voted)
    assert (vote.unlisted, UnfoldedVote.objects.exists(), fold()) == (True, False, 0)
    assert misplaced_votes(10) == []
    assert Battle.objects.get(pk=voted.pk).state == BattleState.VOTED
    assert services.cast_vote(**ballot(voted), choice="b") == "a"


def test_its_side_is_given_to_no_other_model(member, secret, models):
    battle = make_battle(secret, models[0], voter=member, unlisted=True, state="generating")
    rows = generations_of(battle)
    rows[0].code = "unavailable"
    assert not replace_side(battle, rows, rows[0], None)


def test_its_name_is_on_no_public_page_before_it_is_listed(client, voted, secret, models):
    make_vote(*models)
    update_live_boards()
    pages = ["/", "/leaderboard/", "/changes/", "/correctness/", "/benchmarks/", "/about/"]
    apis = ["models", "leaderboard", "changes", "votes"]
    addresses = [*pages, *(f"/api/v1/{name}" for name in apis), f"/models/{SECRET}/"]
    found = {at: client.get(at) for at in addresses}
    assert found.pop(f"/models/{SECRET}/").status_code == 404
    assert {at for at, page in found.items() if page.status_code != 200} == set()
    telling = [at for at, page in found.items() if SECRET in b"".join(page).decode().lower()]
    assert telling == []
    list_publicly(card=secret.card)
    assert SECRET in client.get("/leaderboard/").content.decode().lower()


def test_operators_see_what_was_voted_by_invitation(voted, secret, models):
    [record] = invited_records()
    assert (record.card, record.opponent) == (secret.card, models[0].card)
    assert (record.won, record.lost, record.votes) == (1, 0, 1)


def test_a_battle_on_it_is_not_shared(voted):
    with pytest.raises(NotShareable):
        share_battle(voter=voted.voter_id, public_id=voted.public_id)


def test_its_versions_are_counted_whatever_was_voted_by_invitation(voted, secret):
    make_version(secret.card, tried_at=timezone.now())
    assert card_changes().unlisted == [(MAKER, 2)]
    list_publicly(card=secret.card, words="It is out.")
    lines = [(one.reason, one.words) for one in card_changes(SECRET).changes]
    assert lines == [("listed", "It is out.")]


def test_listing_refuses_a_name_that_an_active_card_has(secret, models):
    type(secret.card).objects.filter(pk=secret.card_id).update(name=models[0].card.name)
    with pytest.raises(Conflict):
        list_publicly(card=secret.card)


def test_all_pairs_with_an_unlisted_model_are_equally_likely(secret, models):
    make_models("heron")
    drawn = [pairing.draw_matchup(set(), invited={secret.card_id}) for _ in range(4)]
    assert {(policy, round(chance, 9)) for _a, _b, policy, chance in drawn} == {
        ("invited", round(1 / 3, 9))
    }


def test_a_card_file_says_that_a_card_is_unlisted_and_changes_it_for_none(secret, tmp_path, capsys):
    from django.core.management import CommandError

    file = tmp_path / "cards.yaml"
    call_command("cards", "export", str(file))
    assert "unlisted: true" in file.read_text()
    list_publicly(card=secret.card)
    with pytest.raises(CommandError, match="said in the admin"):
        call_command("cards", "import", str(file))
