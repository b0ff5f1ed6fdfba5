"""Content goes and nothing else does."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from arena.battles.models import FurtherImage, Generation, Image, Turn, Vote
from arena.battles.selectors import reading
from arena.battles.states import BattleState, ErasureReason
from arena.boards.services.updating import update_live_boards
from arena.boards.services.verification import verify_ledger_nightly
from arena.core.images import normalise
from arena.core.redis import client
from arena.datasets.selectors.battles import publishable
from arena.ledger.models import Recount
from arena.ledger.selectors.head import head
from arena.orchestration import services as battles
from arena.orchestration.services import BattleInput, ending
from arena.privacy.services import erase_battles, erase_voter
from arena.shadows.models import ShadowAnswer
from arena.shadows.services import finish_shadow
from inference_worker.wire import keys
from inference_worker.wire.messages import GenerationOutcome
from tests.arena.at_once import at_once, late
from tests.arena.core.pictures import corners, encoded
from tests.arena.privacy.conftest import SECRET
from tests.factories import (
    make_battle,
    make_generation,
    make_image,
    make_models,
    make_voter,
    make_worker,
)


def erase(*rows, reason=ErasureReason.VOTER):
    return erase_battles(battles=[row.pk for row in rows], reason=reason)


def files():
    return [path for path in Path(default_storage.base_location).rglob("*") if path.is_file()]


def said(battle):
    """Every text of a battle."""
    prompts = Turn.objects.filter(battle=battle).values_list("prompt", flat=True)
    answers = Generation.objects.filter(turn__battle=battle).values_list("text", flat=True)
    return "".join([*prompts, *answers])


def test_pictures_and_texts_go_and_a_tombstone_stays(told):
    battle = told()
    assert SECRET in said(battle)
    assert len(files()) == 2  # of the factory's own, too
    assert erase(battle, reason=ErasureReason.OPERATOR) == 1
    battle.refresh_from_db()
    assert said(battle) == ""
    assert reading.first_turn(battle).image.removed_at is not None
    assert len(files()) == 1
    assert (battle.erased_because, battle.erased_at is not None) == ("operator", True)


def test_all_turns_pictures_and_reasoning_are_erased_too(told):
    battle = told()
    image, other = reading.first_turn(battle).image, make_image(encoded(corners((30, 30)), "PNG"))
    turn = Turn.objects.create(battle=battle, number=1, prompt=SECRET, image=image)
    FurtherImage.objects.create(turn=turn, position=1, image=other)
    Turn.objects.create(battle=battle, number=2, prompt=SECRET)
    make_generation(turn, "a", make_models("third")[0], reasoning=SECRET, detections=[{"a": 1}])
    erase(battle)
    assert said(battle) == ""
    assert not Generation.objects.filter(reasoning__gt="").exists()
    assert not Generation.objects.filter(detections__isnull=False).exists()
    assert not Image.objects.filter(pk__in=[image.pk, other.pk]).exists()


def test_erasing_twice_erases_once(told):
    battle = told()
    assert [erase(battle), erase(battle)] == [1, 0]


def test_a_picture_that_another_battle_has_stays_with_it(told):
    first, second = told(size=60), told(size=60)
    picture = reading.first_turn(second).image
    erase(first)
    assert default_storage.exists(picture.file.name)
    erase(second)
    assert not default_storage.exists(picture.file.name)
    assert not Image.objects.filter(pk=picture.pk).exists()


def test_vote_counts_and_ledger_stay_as_they_were(told, no_layer):
    battle = told()
    update_live_boards()
    before = head()
    style = Generation.objects.filter(turn__battle=battle).values_list("tokens", "length")
    kept = list(style)
    erase(battle)
    verify_ledger_nightly()
    assert head() == before
    assert Recount.objects.latest().findings == []
    assert Vote.objects.filter(battle=battle).exists()
    assert list(style.all()) == kept


def test_what_is_erased_is_not_published(told, no_layer):
    battle = told(publish=True)
    update_live_boards()
    assert publishable(0, head().number).count() == 1
    erase(battle)
    assert publishable(0, head().number).count() == 0


def test_a_running_battle_is_ended_and_leaves_redis(commit):
    make_models("first", "second")
    make_worker()
    picture = normalise(encoded(corners((50, 24))))
    asked = BattleInput(picture=picture, prompt=SECRET)
    battle = commit(battles.start_battle, voter=make_voter(), question=asked)
    assert client().llen("inference") == 2
    commit(erase_battles, battles=[battle.pk], reason=ErasureReason.VOTER)
    battle.refresh_from_db()
    assert battle.state == BattleState.SKIPPED
    assert client().llen("inference") == 0
    assert not client().exists(keys.events(battle.public_id))
    assert client().keys("va:blob*") + client().keys("va:attempt*") == []


def test_everything_of_a_voter_goes_and_nothing_of_others(told):
    mine, others = make_voter(network="bucket", publish=True), make_voter()
    own, foreign = told(voter=mine), told(voter=others)
    open_one = make_battle(voter=mine)
    assert erase_voter(voter=mine.pk) == 2
    mine.refresh_from_db()
    assert said(own) + said(open_one) == ""
    assert SECRET in said(foreign)
    assert (mine.network, mine.publish) == ("", None)


@pytest.mark.django_db(transaction=True)
def test_a_vote_at_the_same_moment_is_stored_or_refused(told):
    battle = make_battle()
    vote = {"voter": battle.voter_id, "public_id": battle.public_id, "choice": "a"}

    def act(erases):
        with suppress(battles.NotVotable):
            return erase(battle) if erases else battles.cast_vote(**vote)

    at_once(act, [True, False])
    battle.refresh_from_db()
    assert said(battle) == ""
    assert (battle.state == BattleState.VOTED) == Vote.objects.filter(battle=battle).exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_shown_of_a_stopped_answer_comes_too_late_for_an_erasure(told, monkeypatch):
    """The text of a side that was stopped is read from Redis behind the commit of the stop."""
    battle = told()
    generation = reading.generations_of(battle)[0]
    monkeypatch.setattr(ending.dispatch, "close", lambda *given, **more: SECRET)
    late(lambda: ending.keep_shown(generation), lambda: erase(battle))
    assert SECRET not in said(battle)


@pytest.mark.django_db(transaction=True)
def test_a_shadow_answer_comes_too_late_for_an_erasure(told):
    battle = told()
    turn, stream, fence = battle.turns.get(), "shadow-1", "f" * 32
    about = {"version": make_models("third")[0], "stream": stream, "fence": fence}
    ShadowAnswer.objects.create(turn=turn, asked_at=timezone.now(), **about)
    outcome = GenerationOutcome(
        stream=stream,
        side="a",
        attempt=0,
        fence=fence,
        status="ended",
        code="",
        text=SECRET,
        finish="stop",
        tokens=1,
        first_text_ms=1,
        total_ms=2,
        worker="w",
        revision="",
    )
    assert late(lambda: finish_shadow(outcome), lambda: erase(battle)) is True
    assert ShadowAnswer.objects.get().text == ""
