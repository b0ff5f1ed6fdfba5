"""The next battle of a voter is prepared while the names are read, and handed out once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import Battle, Generation
from arena.battles.selectors import reading
from arena.battles.states import BattleState
from arena.catalog.states import CardState
from arena.core.redis import client
from arena.orchestration import dispatch, services
from arena.samples.services import discard_outdated
from arena.voters.services import CONSENT_VERSION
from inference_worker.wire.messages import DEFAULT_QUEUE
from tests.arena.battle_pages.browsing import HTML, Visitor
from tests.arena.orchestration.working import Worker
from tests.factories import make_battle, make_voter


@pytest.fixture
def seen(models):
    """A battle on a sample that its voter has voted on."""
    voter = make_voter(consent_version=CONSENT_VERSION, publish=True)
    battle = make_battle(*models, state=BattleState.VOTED, voter=voter)
    battle.turns.update(sample="shapes-00")
    return battle


@pytest.fixture
def reader(commit, seen):
    return Visitor(commit, seen.voter)


@pytest.fixture
def prepared(reader, seen):
    """One that has been asked for and taken by a worker, with no answer yet."""
    assert reader.do("prepare", seen).status_code == 204
    client().delete(DEFAULT_QUEUE)
    return Battle.objects.get(prepared=True)


@pytest.fixture
def answer(commit):
    def both(battle, a="One.", b="Two."):
        for side, text in (("a", a), ("b", b)):
            worker = Worker(battle, side)
            worker.answer(text)
            commit(services.finish_generation, worker.outcome())
        battle.refresh_from_db()

    return both


def next_page(reader, seen):
    return reader.do("next", seen, headers=HTML)["Location"]


def address(battle):
    return f"/battles/{battle.public_id}/"


def test_it_is_nobodys_before_it_is_shown_and_its_voters_after(reader, seen, prepared, answer):
    answer(prepared)
    assert reader.get(address(prepared)).status_code == 404
    assert reader.get("/").context["open_battle"] is None
    assert reading.open_counts() == {}
    assert next_page(reader, seen) == address(prepared)
    assert reader.get(address(prepared)).context["battle"].state == BattleState.VOTING
    assert reader.do("vote", prepared, choice="a").status_code == 200


def test_it_is_drawn_on_another_sample_and_gives_way_to_those_who_wait(seen, prepared):
    turn = prepared.turns.get()
    assert turn.sample not in ("", "shapes-00")
    assert turn.picture_probability is not None
    assert prepared.draw_probability == 1.0
    assert all(
        dispatch.request_of(one).is_background for one in Generation.objects.filter(turn=turn)
    )
    Battle.objects.update(prepared=False)
    assert not dispatch.request_of(Generation.objects.filter(turn=turn)[0]).is_background


def test_two_are_prepared_and_handed_out_once_the_one_that_is_ready_first(
    reader, seen, prepared, answer
):
    for _ in range(3):
        reader.do("prepare", seen)
        client().delete(DEFAULT_QUEUE)
    first, second = Battle.objects.filter(prepared=True).order_by("created_at")
    answer(second)
    assert next_page(reader, seen) == address(second)
    assert next_page(reader, seen) == address(first)
    other = next_page(reader, seen)
    assert other.startswith("/battles/")
    assert other != address(prepared)


def test_one_that_is_still_answering_is_a_head_start(reader, seen, prepared):
    assert next_page(reader, seen) == address(prepared)
    assert reading.open_battle(seen.voter) == prepared


def test_equal_answers_are_passed_over_a_few_times(reader, seen, prepared, answer):
    for _ in range(8):
        client().delete(DEFAULT_QUEUE)
        for battle in reading.prepared_battles():
            answer(battle, "Two.", "Two.")
        reader.do("prepare", seen)
    agreed = Battle.objects.filter(state=BattleState.AGREED)
    assert agreed.count() == 6
    assert next_page(reader, seen) not in {address(one) for one in agreed}


def test_a_model_that_changed_its_state_is_not_shown(reader, seen, prepared, answer, models):
    answer(prepared)
    models[0].card.state = CardState.PAUSED
    models[0].card.save()
    reader.do("next", seen, headers=HTML)
    prepared.refresh_from_db()
    assert prepared.state == BattleState.DISCARDED


def test_one_that_is_too_old_is_discarded_and_its_answers_stopped(seen, prepared, commit, settings):
    assert commit(discard_outdated) == 0
    past = timezone.now() - timedelta(seconds=settings.PREPARED_SECONDS + 1)
    Battle.objects.filter(pk=prepared.pk).update(created_at=past)
    assert commit(discard_outdated) == 1
    prepared.refresh_from_db()
    assert prepared.state == BattleState.DISCARDED
    assert set(
        Generation.objects.filter(turn__battle=prepared).values_list("state", flat=True)
    ) == {"stopped"}
    assert not commit(services.show_prepared, battle=prepared)


def test_a_shown_one_is_not_discarded(reader, seen, prepared, answer, commit):
    answer(prepared)
    next_page(reader, seen)
    commit(services.discard_prepared, battle=prepared)
    prepared.refresh_from_db()
    assert prepared.state == BattleState.VOTING


def test_a_consent_that_was_taken_back_holds_for_it(reader, seen, prepared, answer):
    assert prepared.publish
    answer(prepared)
    seen.voter.publish = False
    seen.voter.save()
    next_page(reader, seen)
    prepared.refresh_from_db()
    assert not prepared.publish


@pytest.mark.parametrize(
    "limit",
    [{"PREPARED_BATTLES": 0}, {"PREPARED_BATTLES_SITE": 0}, {"RATE_BATTLES": "0/minute"}],
)
def test_a_limit_prepares_nothing_and_says_nothing(reader, seen, settings, limit):
    for name, value in limit.items():
        setattr(settings, name, value)
    assert reader.do("prepare", seen).status_code == 204
    assert not Battle.objects.filter(prepared=True).exists()


def test_nothing_is_prepared_while_anybody_waits(reader, seen):
    client().rpush(DEFAULT_QUEUE, b"a question of somebody")
    reader.do("prepare", seen)
    assert not Battle.objects.filter(prepared=True).exists()


@pytest.mark.parametrize("change", ["state", "sample", "consent"])
def test_nothing_is_prepared_for_who_has_not_come_so_far(reader, seen, change):
    if change == "state":
        Battle.objects.update(state=BattleState.GENERATING)
    elif change == "sample":
        seen.turns.update(sample="")
    else:
        type(seen.voter).objects.update(consent_version="")
    assert reader.do("prepare", seen).status_code == 204
    assert not Battle.objects.filter(prepared=True).exists()


def test_a_stranger_prepares_nothing_and_takes_nothing(commit, seen, prepared, answer):
    answer(prepared)
    other = Visitor(commit, make_voter(consent_version=CONSENT_VERSION))
    assert other.do("prepare", seen).status_code == 404
    assert other.do("next", seen, headers=HTML).status_code == 404
    assert other.get(address(prepared)).status_code == 404
