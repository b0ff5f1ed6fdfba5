"""One's own ranking, and the agreement with all others."""

from __future__ import annotations

import pytest

from arena.boards.services.updating import update_live_boards
from arena.labels.models import BattleLabels, LabelSet
from arena.ledger.models import PairCount
from arena.ledger.services.exclusions import exclude
from arena.mine.selectors.ranking import own_kinds, own_ranking
from arena.rating import equality
from arena.rating.comparisons import PairCounts
from arena.rating.methods import load_method
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.usefixtures("no_layer")


def votes(voter, first, second, choices):
    return [make_vote(first, second, choice, voter=voter) for choice in choices]


def test_before_ten_votes_there_is_only_a_number(voter, models):
    votes(voter, *models[:2], "aab")
    found = own_ranking(voter.pk)
    assert (found.votes, found.needed, found.rows) == (3, 7, [])


def test_the_rows_are_those_of_the_rating_engine(voter, models):
    votes(voter, *models[:2], ["a"] * 8 + ["b"] * 3 + ["tie"])
    found = own_ranking(voter.pk)
    counts = PairCounts.from_cells(2, [0] * 3, [1] * 3, [0, 1, 2], [8, 3, 1])
    fit = load_method("bradley_terry").fit(counts, models=["first", "second"])
    assert [row.slug for row in found.rows] == [row.model for row in fit.rows]
    for row, expected in zip(found.rows, fit.rows, strict=True):
        bounds = (expected.rating, expected.rating_lower, expected.rating_upper)
        assert (row.rating, row.lower, row.upper) == pytest.approx(bounds)
    assert found.rows[0].ranks == (1, 2)  # twelve votes confirm nothing


@pytest.mark.parametrize(("models", "tested"), [(10, True), (11, False)])
def test_score_tests_are_left_out_where_there_are_many_models(voter, monkeypatch, models, tested):
    asked = []
    monkeypatch.setattr(equality, "score_ratio", lambda *pair: asked.append(pair) or 0.0)
    first, *others = make_models(*(f"model-{number:02}" for number in range(models)))
    for other in others:
        votes(voter, first, other, "aa")
    rows = own_ranking(voter.pk).rows
    assert (len(rows), bool(asked)) == (models, tested)


def test_other_voters_and_votes_that_do_not_count_are_left_out(voter, models):
    own = votes(voter, *models[:2], ["a"] * 10)
    votes(None, *models[:2], ["b"] * 5)
    update_live_boards()
    exclude(votes=[own[0].pk], reason="operator")
    assert own_ranking(voter.pk).votes == 9
    votes(voter, *models[:2], ["a"])
    assert own_ranking(voter.pk).rows[0].slug == "first"


def test_only_the_kinds_of_questions_that_matter_can_count(voter, models):
    counting = LabelSet.objects.create(category="counting")
    kinds = {"counting": counting, "ocr": LabelSet.objects.create(category="ocr")}
    for kind, choices in (("counting", ["a"] * 10), ("ocr", ["b"] * 12)):
        for vote in votes(voter, *models[:2], choices):
            BattleLabels.objects.create(battle=vote.battle, labels=kinds[kind])
    votes(voter, *models[:2], ["tie"])
    found = own_kinds(voter.pk, ["counting"])
    assert [(k.value, k.votes, k.chosen) for k in found] == [
        ("ocr", 12, False),
        ("counting", 10, True),
    ]
    assert own_ranking(voter.pk, ["counting"]).rows[0].slug == "first"
    assert own_ranking(voter.pk, ["ocr"]).rows[0].slug == "second"
    assert own_ranking(voter.pk).votes == 23


def test_agreement_leaves_ones_own_votes_out_of_the_others(voter, models):
    votes(voter, *models[:2], ["a"] * 12)
    update_live_boards()
    assert own_ranking(voter.pk).agreement is None
    votes(None, *models[:2], ["b"] * 4 + ["a"])
    votes(voter, models[1], models[2], ["a"] * 4)
    votes(None, models[1], models[2], ["a"] * 5)
    update_live_boards()
    found = own_ranking(voter.pk).agreement
    assert (found.same, found.of) == (4, 16)
    assert found.lower < 25 < found.upper
    assert found.lower > 5


def test_votes_that_the_ledger_has_not_taken_do_no_harm(voter, models):
    votes(voter, *models[:2], ["a"] * 12)
    assert not PairCount.objects.exists()
    assert own_ranking(voter.pk).agreement is None


def test_the_page_shows_it(browser, voter, models):
    votes(voter, *models[:2], ["a"] * 8 + ["b"] * 3)
    shown = browser.get("/mine/").content.decode()
    assert "By your 11 votes alone" in shown
