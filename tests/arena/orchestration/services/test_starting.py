"""From a question to two sides on their queues."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from arena.battles.models import Battle, DrawPlan, Image
from arena.battles.selectors import reading
from arena.battles.selectors.pairing import NotEnoughModels
from arena.battles.states import BattleState, GenerationState, Pacing
from arena.catalog.states import CardState, ProbeResult
from arena.core.errors import Unavailable
from arena.core.redis import client
from arena.orchestration import dispatch, services
from arena.orchestration.services import BattleInput
from inference_worker.wire import blobs
from tests.arena.orchestration.working import kinds, slots
from tests.factories import make_card, make_models, make_version, make_voter


@pytest.fixture
def question(picture):
    return BattleInput(picture=picture, prompt="What is this?", sample="charts-04")


def start(question, voter=None):
    return services.start_battle(voter=voter or make_voter(), question=question)


def test_both_sides_wait_for_a_worker(battle):
    assert battle.state == BattleState.GENERATING
    rows = reading.generations_of(battle)
    assert [(row.side, row.state, row.attempt) for row in rows] == [
        ("a", GenerationState.QUEUED, 1),
        ("b", GenerationState.QUEUED, 1),
    ]


def test_both_sides_have_a_slot_and_a_message(battle):
    assert [slot.state for slot in slots(battle)] == ["queued", "queued"]
    assert client().llen("inference") == 2


def test_nothing_in_redis_but_the_workers_message_tells_a_fence(battle):
    fences = [row.fence for row in reading.generations_of(battle)]
    assert len(set(fences)) == 2
    held = {key: client().dump(key) for key in client().scan_iter()}
    telling = {key for key, value in held.items() for f in fences if f.encode() in key + value}
    assert telling <= {b"inference"}


def test_the_worker_finds_the_bytes_that_the_voter_sees(battle, picture):
    image = reading.first_turn(battle).image
    assert blobs.get(client(), image.digest) == picture.data == stored_bytes(image)


def stored_bytes(image):
    with image.file.open("rb") as file:
        return file.read()


def test_nothing_is_in_redis_before_the_commit(models, question):
    before = client().keys()
    battle = start(question)
    assert slots(battle)[0].state == ""
    assert client().keys() == before


def test_the_turn_keeps_prompt_and_sample(models, question):
    turn = reading.first_turn(start(question))
    assert (turn.prompt, turn.sample) == ("What is this?", "charts-04")


@pytest.mark.parametrize("pacing", Pacing)
def test_a_battle_keeps_the_pacing_that_it_began_with(models, question, settings, pacing):
    settings.PACING = pacing.value
    battle = start(question)
    settings.PACING = "another one"
    assert Battle.objects.get(pk=battle.pk).pacing == pacing


def test_how_answers_are_shown_is_no_business_of_the_worker(models, question, settings):
    settings.PACING = Pacing.VEILED
    rows = reading.generations_of(start(question))
    assert "veiled" not in str([services_request(row).to_json() for row in rows])


def test_both_sides_answer_under_the_conditions_that_are_stored(models, question, settings):
    settings.ANSWER_MAX_TOKENS, settings.ANSWER_TEMPERATURE = 99, 0.25
    battle = start(question)
    limits = [services_request(row).limits for row in reading.generations_of(battle)]
    assert limits[0] == limits[1]
    assert (limits[0].max_new_tokens, limits[0].temperature) == (99, 0.25)
    assert battle.conditions == limits[0].to_json()


def services_request(row):
    return dispatch.request_of(row)


def test_the_pair_is_two_models(models, question):
    for _ in range(10):
        rows = reading.generations_of(start(question))
        assert {row.version for row in rows} == set(models)


def test_both_orders_of_a_pair_come_up(models, question):
    sides = [reading.generations_of(start(question))[0].version for _ in range(40)]
    assert 4 <= sides.count(models[0]) <= 36


@pytest.mark.parametrize(("count", "probability"), [(2, 1.0), (3, 1 / 3), (4, 1 / 6)])
def test_the_probability_of_the_pair_is_stored(question, count, probability):
    make_models(*(f"model-{n}" for n in range(count)))
    battle = start(question)
    assert battle.draw_probability == pytest.approx(probability)
    assert battle.draw_policy == "uniform"


def test_a_plan_that_knows_the_models_is_followed(question):
    make_models("m-one", "m-two", "m-three")
    pairs = [["m-one", "m-two", 0.0], ["m-one", "m-three", 0.0], ["m-three", "m-two", 1.0]]
    DrawPlan.objects.create(policy="a_optimal", pairs=pairs)
    battle = start(question)
    slugs = {row.version.card.slug for row in reading.generations_of(battle)}
    assert slugs == {"m-two", "m-three"}
    assert (battle.draw_policy, battle.draw_probability) == ("a_optimal", 1.0)


def test_a_plan_that_does_not_know_a_new_model_is_not(question):
    make_models("m-one", "m-two", "m-three")
    DrawPlan.objects.create(policy="a_optimal", pairs=[["m-one", "m-two", 1.0]])
    assert start(question).draw_policy == "uniform"


def test_a_battle_needs_two_models(question):
    make_models("alone")
    with pytest.raises(NotEnoughModels):
        start(question)
    assert not Battle.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"state": CardState.DRAFT}, {"state": CardState.RETIRED}, {"weight": 0.0}],
)
def test_a_card_that_is_not_in_play_is_not_drawn(question, fields):
    make_models("alone")
    make_version(make_card("other", **fields))
    with pytest.raises(NotEnoughModels):
        start(question)


@pytest.mark.parametrize("probe", [p for p in ProbeResult if p != ProbeResult.PASSED])
def test_a_version_that_was_not_seen_to_answer_is_not_drawn(question, probe):
    old, _ = make_models("one", "two")
    make_version(old.card, probe=probe)
    assert old in [row.version for row in reading.generations_of(start(question))]


def test_the_newest_version_that_answers_is_drawn(question):
    old, _ = make_models("one", "two")
    new = make_version(old.card)
    assert new in [row.version for row in reading.generations_of(start(question))]


@pytest.mark.parametrize("publish", [True, False, None])
def test_consent_is_copied_and_no_answer_means_no(models, question, publish):
    when = None if publish is None else timezone.now()
    voter = make_voter(publish=publish, consent_version="2026-11", consent_at=when)
    battle = start(question, voter)
    assert battle.publish is (publish is True)
    assert (battle.consent_version, battle.consent_at) == ("2026-11", when)


def test_a_later_change_of_mind_leaves_the_battle_alone(models, question):
    voter = make_voter(publish=False, consent_version="2026-11")
    battle = start(question, voter)
    voter.publish = True
    voter.save()
    battle.refresh_from_db()
    assert battle.publish is False


def test_the_same_picture_is_stored_once(models, question):
    start(question)
    start(question)
    image = Image.objects.get()
    folder, _, name = image.file.name.rpartition("/")
    assert default_storage.listdir(folder)[1] == [name]


def test_a_picture_that_was_written_by_half_is_written_anew(models, question, picture):
    image = reading.first_turn(start(question)).image
    with default_storage.open(image.file.name, "wb") as file:
        file.write(picture.data[:10])
    image = reading.first_turn(start(question)).image
    assert stored_bytes(image) == picture.data


def test_a_picture_that_cannot_be_stored_is_an_outage(models, question, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "in-the-way")
    (tmp_path / "in-the-way").touch()
    with pytest.raises(Unavailable):
        start(question)
    assert not Battle.objects.exists()


def test_the_name_of_the_file_is_its_content(models, question, picture):
    image = reading.first_turn(start(question)).image
    assert image.file.name.endswith(f"{blobs.digest(picture.data)}.png")


def test_a_new_battle_has_no_event(battle):
    assert kinds(battle) == []
