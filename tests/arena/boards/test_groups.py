"""Boards by what voters said of themselves: only of ten people or more, and never of a few more."""

from __future__ import annotations

import itertools
import json

import pytest
from django.urls import reverse

from arena.boards.models import Board, Snapshot
from arena.boards.services import groups
from arena.boards.services.groups import TooFewPeople
from arena.boards.services.recipes import BoardRecipe, compute
from arena.boards.services.snapshots import recompute
from arena.core.errors import NotFound
from arena.demographics.models import SelfDescription, SurveyAnswer, SurveyQuestion
from arena.ledger.selectors.filters import VoteFilter
from arena.ledger.services.exclusions import exclude
from arena.ledger.services.folding import fold
from arena.ledger.services.tallies import tally
from arena.ledger.states import ExclusionReason
from tests.factories import make_models, make_vote, make_voter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer", "valkey_url")]


@pytest.fixture(autouse=True)
def _few_votes_do(settings):
    settings.BOARD_MIN_VOTES = 1


@pytest.fixture
def pair():
    question = SurveyQuestion.objects.create(
        slug="draws", words="Do you draw?", is_asked=True, population="Everybody, by a census"
    )
    for slug, share in (("yes", 20), ("no", 80)):
        SurveyAnswer.objects.create(question=question, slug=slug, words=slug, share=share)
    return make_models("first", "second")


@pytest.fixture
def board(pair):
    return Board.objects.create(slug="drawers", name="Drawers", group_id="draws=yes")


@pytest.fixture
def weighted(pair):
    return Board.objects.create(slug="all-people", name="All", population_id="draws")


def people(pair, number, answer=None, choices="ab"):
    """So many new voters, with a vote each, who gave this answer to the question or none."""
    for _, choice in zip(range(number), itertools.cycle(choices), strict=False):
        voter = make_voter()
        make_vote(*pair, choice, voter=voter)
        if answer:
            SelfDescription.objects.create(
                voter=voter, question_id="draws", answer_id=f"draws={answer}"
            )
    fold()


def body(board):
    found = Snapshot.objects.filter(board=board).order_by("-pk").first()
    return json.loads(found.body) if found else None


def test_nine_people_have_no_board_and_ten_have_one(board, pair):
    people(pair, 9, "yes")
    people(pair, 15)
    assert recompute(board=board) is None
    people(pair, 1, "yes")
    assert recompute(board=board) is not None
    shown = body(board)
    assert shown["filter"] == {"by_voter": True, "group": "draws=yes"}
    assert [row["votes"] for row in shown["rows"]] == [10, 10]


def test_a_board_counts_the_votes_of_its_group_alone(board, pair):
    people(pair, 20, "yes", "a")
    people(pair, 20, "no", "b")
    recompute(board=board)
    first = body(board)["rows"][0]
    assert (first["model"], first["votes"], first["win_rate"]) == ("first@1", 20, 1.0)


@pytest.mark.parametrize("others", [1, 9])
def test_a_group_beside_which_hardly_anybody_voted_is_hidden(board, pair, others):
    people(pair, 30, "yes")
    people(pair, others)
    assert recompute(board=board) is None
    people(pair, 10 - others, "no")
    assert recompute(board=board) is not None


def test_a_snapshot_follows_only_when_ten_people_and_ten_others_are_new(board, pair):
    people(pair, 12, "yes")
    people(pair, 12)
    first = recompute(board=board, patient=False)
    for inside, outside in ((1, 0), (8, 9), (1, 0), (0, 0)):
        people(pair, inside, "yes")
        people(pair, outside)
        assert recompute(board=board, patient=False, anew=True) is None
    people(pair, 1)
    second = recompute(board=board, patient=False)
    assert second.ledger_number > first.ledger_number
    assert body(board)["rows"][0]["votes"] == 20  # of 22, in whole tens


def test_votes_that_do_not_count_make_nobody_new(board, pair):
    people(pair, 12, "yes")
    people(pair, 12)
    recompute(board=board)
    people(pair, 9, "yes")
    people(pair, 12)
    excluded = make_voter()
    SelfDescription.objects.create(voter=excluded, question_id="draws", answer_id="draws=yes")
    vote = make_vote(*pair, voter=excluded)
    fold()
    exclude(votes=[vote.pk], reason=ExclusionReason.OPERATOR)
    assert recompute(board=board, patient=False) is None


def test_a_model_that_few_of_the_group_met_is_left_out(board, pair):
    [third] = make_models("third")
    people(pair, 20, "yes")
    people((pair[0], third), 9, "yes")
    people((pair[0], third), 20)
    people(pair, 20)
    recompute(board=board)
    assert {row["model"] for row in body(board)["rows"]} == {"first@1", "second@1"}
    people((pair[0], third), 12, "yes")
    people((pair[0], third), 12)
    recompute(board=board, patient=False)
    assert "third@1" in {row["model"] for row in body(board)["rows"]}


def test_what_was_said_can_be_taken_back_and_no_number_of_nine_people_remains(board, pair):
    people(pair, 10, "yes")
    people(pair, 20)
    recipe = BoardRecipe.of_board(board, None)
    assert compute(recipe).votes.tolist() == [10, 10]
    SelfDescription.objects.first().delete()
    with pytest.raises(TooFewPeople):
        compute(recipe)


def test_no_count_of_pairs_is_told_of_a_group(board, pair, client):
    people(pair, 20, "yes")
    people(pair, 20)
    recompute(board=board)
    with pytest.raises(NotFound):
        tally(VoteFilter(group="draws=yes", by_voter=True))
    assert client.get(reverse("leaderboard:matrices", args=["drawers"])).status_code == 404
    for path in ("pairs?board=drawers", "head-to-head?board=drawers&a=first&b=second"):
        assert client.get(f"/api/v1/{path}").status_code == 404


def test_pages_and_api_show_the_snapshot_and_nothing_finer(board, pair, client):
    people(pair, 27, "yes")
    people(pair, 20)
    recompute(board=board)
    page = client.get(reverse("leaderboard:board", args=["drawers"])).content.decode()
    assert "Do you draw? yes" in page
    assert "Who met whom" not in page
    rows = client.get("/api/v1/leaderboard?board=drawers").json()["rows"]
    assert {row["vote_count"] for row in rows} == {20}
    assert all(float(row["rating"]).is_integer() and row["p_first"] is None for row in rows)


def test_a_population_is_spoken_for_by_its_shares(weighted, pair, client):
    people(pair, 30, "yes", "a")
    people(pair, 10, "no", "b")
    people(pair, 10)
    recompute(board=weighted)
    shown = body(weighted)
    assert shown["rows"][0]["model"] == "second@1"  # four fifths of the population prefer it
    found = shown["details"]["population"]
    assert [group["reached"] for group in found["groups"]] == [0.8, 0.2]
    assert (found["votes"], found["effective_votes"]) == (40, 15)
    assert found["plain"]["first@1"] > found["plain"]["second@1"]
    page = client.get(reverse("leaderboard:board", args=["all-people"])).content.decode()
    assert "Whom this board speaks for" in page


def test_a_population_with_a_group_of_nine_has_no_board(weighted, pair):
    people(pair, 30, "yes")
    people(pair, 9, "no")
    people(pair, 20)
    assert recompute(board=weighted) is None


def test_the_same_votes_give_the_same_bytes(weighted, pair):
    people(pair, 20, "yes")
    people(pair, 20, "no", "aab")
    people(pair, 10)
    recipe = BoardRecipe.of_board(weighted, None)
    first, again = (groups.coarse(compute(recipe).fit).rows for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"group": "draws=yes", "language": "en"}, "no other filter"),
        ({"group": "draws=yes", "days": "30"}, "no other filter"),
        ({"group": "draws=yes", "population": "draws"}, "not for both"),
        ({"population": "draws", "method": "elo"}, "weight votes to a population"),
        ({"population": "plain"}, "State the share"),
        ({"group": "draws=no"}, "a board for these people already"),
    ],
)
def test_the_form_refuses_what_would_tell_of_few_people(admin_client, pair, fields, words):
    SurveyQuestion.objects.create(slug="plain", words="Plain?")
    Board.objects.create(slug="others", name="Others", group_id="draws=no")
    keys = {"group": SurveyAnswer, "population": SurveyQuestion}
    form = {"name": "Group", "slug": "group", "method": "bradley_terry", "parameters": "{}"}
    form |= {"rates": "versions", "seed": 0, "position": 0, "active": "on", **fields}
    for name, model in keys.items():
        if name in form:
            field = "key" if name == "group" else "slug"
            form[name] = getattr(model.objects.get(**{field: form[name]}), field)
    response = admin_client.post(reverse("admin:boards_board_add"), form)
    assert response.status_code == 200
    assert words in response.content.decode().replace("&#x27;", "'")
    assert not Board.objects.filter(slug="group").exists()
