"""The facts beside the names, and what a voter does with a vote: for its voter alone."""

from __future__ import annotations

import pytest
from django.core import signing

from arena.battles.models import Turn
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import CardFacts
from arena.feedback.selectors import feedback_columns
from arena.voters.selectors import COOKIE, SALT
from arena.voters.services import CONSENT_VERSION
from tests.factories import make_battle, make_models, make_vote, make_voter

pytestmark = pytest.mark.django_db
DEEDS = ("withdraw", "reinstate", "reasons", "correctness")
JSON = {"accept": "application/json"}


@pytest.fixture
def models(no_layer, valkey_url, settings):
    settings.BOARD_MIN_VOTES = 3
    return make_models("ash", "elm")


@pytest.fixture
def vote(models):
    for _ in range(3):
        make_vote(*models, "a")
    make_vote(*models, "b")
    answers = {"first_text_ms": 1234, "total_ms": 4321, "tokens": 17}
    vote = make_vote(*models, "a", a=answers, b=answers)
    update_live_boards()
    return vote


@pytest.fixture
def owner(client, vote):
    client.cookies[COOKIE] = signing.dumps(str(vote.voter_id), salt=SALT)
    return client


def path(battle, name):
    return f"/battles/{battle.public_id}/{name}"


def facts(client, vote):
    return client.get(path(vote.battle, "facts")).context["facts"]


def test_the_facts_name_rank_votes_and_expectation(owner, vote):
    found = facts(owner, vote)
    assert [side.line.rank for side in found.sides] == [1, 2]
    assert (found.votes, [side.votes for side in found.sides]) == (5, [5, 5])
    assert 50 < found.expected < 95
    assert (found.truth, found.exclusion) == ("", "")


def test_a_vote_that_the_board_has_not_counted_yet_is_added(owner, vote, models):
    late = make_vote(*models, "b", voter=vote.voter)
    assert facts(owner, late).votes == 6


def test_a_model_without_a_rank_says_how_many_votes_it_needs(owner, vote):
    fresh = make_vote(*make_models("new", "newer"), voter=vote.voter)
    assert [(side.line, side.needed) for side in facts(owner, fresh).sides] == [
        (None, 2),
        (None, 2),
    ]


def test_no_time_is_told_to_the_millisecond(owner, vote):
    for name in ("facts", ""):
        page = owner.get(path(vote.battle, name)).content.decode()
        assert "1234" not in page
        assert "4321" not in page
        assert "1 to 2 s" in page


def test_the_energy_of_an_answer_is_told_with_its_source_where_a_card_has_it(owner, vote, models):
    assert " Wh<" not in owner.get(path(vote.battle, "facts")).content.decode()
    known = {"energy": 2.5, "energy_source": "https://x.y/measured <b>"}
    CardFacts.objects.create(card=models[0].card, **known)
    page = owner.get(path(vote.battle, "facts"))
    assert [side.energy for side in page.context["facts"].sides] == [
        "0.043\N{NO-BREAK SPACE}Wh",
        "",
    ]
    text = page.content.decode()
    assert "0.043\N{NO-BREAK SPACE}Wh" in text
    assert 'href="https://x.y/measured"' in text
    assert "&lt;b&gt;" in text


def test_a_samples_own_question_has_its_right_answer_and_a_changed_one_has_none(owner, vote):
    turn = Turn.objects.get(battle=vote.battle)
    turn.sample, turn.prompt = "shapes-00", "Count the stars."
    turn.save()
    vote.battle.turns.get().generations.filter(side="b").update(text="There are 2.")
    found = facts(owner, vote)
    assert (found.truth, [side.is_right for side in found.sides]) == ("I count two.", [False, True])
    Turn.objects.filter(pk=turn.pk).update(prompt="Count the circles.")
    assert facts(owner, vote).truth == ""


def test_without_scripts_the_page_has_the_facts_and_forms(owner, vote):
    page = owner.get(path(vote.battle, "")).content.decode()
    assert "Votes on the overall board, with yours: 5." in page
    answer = owner.post(path(vote.battle, "reasons"), {"side": "a", "reason": "invents:1"})
    assert (answer.status_code, answer["Location"]) == (303, path(vote.battle, ""))
    assert 'value="invents:0" data-on="invents:1" data-off="invents:0" aria-pressed="true"' in (
        owner.get(path(vote.battle, "")).content.decode()
    )


def test_what_is_tapped_is_stored(owner, vote):
    owner.post(path(vote.battle, "reasons"), {"side": "b", "reason": "reads:1"}, headers=JSON)
    done = owner.post(
        path(vote.battle, "correctness"), {"side": "a", "mark": "wrong"}, headers=JSON
    )
    assert done.status_code == 204
    assert feedback_columns([vote.pk]) == {vote.pk: (None, "reads", "wrong", None)}


def test_a_vote_is_taken_back_and_put_back(owner, vote):
    assert owner.post(path(vote.battle, "withdraw"), headers=JSON).status_code == 204
    assert facts(owner, vote).exclusion == "withdrawn"
    update_live_boards()
    assert facts(owner, vote).votes == 4
    owner.post(path(vote.battle, "reinstate"), headers=JSON)
    update_live_boards()
    assert (facts(owner, vote).exclusion, facts(owner, vote).votes) == ("", 5)


@pytest.mark.parametrize("who", [None, "other"])
def test_a_stranger_finds_nothing(client, vote, who):
    if who:
        client.cookies[COOKIE] = signing.dumps(str(make_voter().pk), salt=SALT)
    form = {"side": "a", "reason": "reads:1", "mark": "right"}
    assert client.get(path(vote.battle, "facts")).status_code == 404
    assert {client.post(path(vote.battle, deed), form).status_code for deed in DEEDS} == {404}
    assert feedback_columns([vote.pk]) == {}


def test_before_the_vote_there_is_nothing(client, models):
    battle = make_battle(*models)
    client.cookies[COOKIE] = signing.dumps(str(battle.voter_id), salt=SALT)
    assert client.get(path(battle, "facts")).status_code == 404
    assert {client.post(path(battle, deed), {}).status_code for deed in DEEDS} == {404}


def test_the_next_sample_is_its_voters_and_waits_for_the_question_about_consent(client, vote):
    answer = client.post(path(vote.battle, "next"))
    assert (answer.status_code, answer["Location"]) == (303, "/")
    other = make_voter(consent_version=CONSENT_VERSION)
    client.cookies[COOKIE] = signing.dumps(str(other.pk), salt=SALT)
    assert client.post(path(vote.battle, "next")).status_code == 404
