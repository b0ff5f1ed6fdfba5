from __future__ import annotations

import json
from datetime import date

import pytest

from arena.boards.models import Board
from arena.boards.selectors import filter_of
from arena.labels.models import LabelSet
from arena.ledger.selectors.filters import EVERY_VOTE, VoteFilter

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("chosen", "stored"),
    [
        (EVERY_VOTE, {}),
        (VoteFilter(category="ocr"), {"category": "ocr"}),
        (VoteFilter(since=DAY, by_voter=True), {"since": "2026-03-01", "by_voter": True}),
        (
            VoteFilter(language="de", without_presets=True),
            {"language": "de", "without_presets": True},
        ),
    ],
)
def test_a_filter_is_stored_as_what_it_leaves_out(chosen, stored):
    assert chosen.as_dict() == json.loads(json.dumps(stored))
    assert VoteFilter.of(stored) == chosen


def test_the_last_days_end_today():
    assert filter_of(Board(days=1), DAY).since == DAY
    assert filter_of(Board(days=30), DAY).since == date(2026, 1, 31)
    assert filter_of(Board(), DAY) == EVERY_VOTE


@pytest.mark.parametrize(
    ("chosen", "taken"),
    [
        (EVERY_VOTE, True),
        (VoteFilter(category="ocr"), True),
        (VoteFilter(category="code"), False),
        (VoteFilter(language="de"), True),
        (VoteFilter(language="en"), False),
        (VoteFilter(since=DAY), True),
        (VoteFilter(since=date(2026, 3, 2)), False),
        (VoteFilter(without_presets=True), False),
        (VoteFilter(category="ocr", language="en"), False),
    ],
)
def test_a_vote_counts_when_every_word_of_the_filter_lets_it_in(chosen, taken):
    labels = LabelSet(language="de", category="ocr", preset=True)
    assert chosen.takes(labels, DAY) is taken


def test_the_errors_choose_no_votes():
    assert VoteFilter(by_voter=True).takes_all
    assert VoteFilter(by_voter=True).of_votes == EVERY_VOTE
    assert not VoteFilter(category="ocr").takes_all


@pytest.mark.django_db
def test_the_kin_of_a_category_are_all_categories():
    for language, category in [("de", "ocr"), ("en", "ocr"), ("", "code"), ("fr", "")]:
        LabelSet.objects.create(language=language, category=category)
    assert VoteFilter(category="ocr").kin() == [
        VoteFilter(category="code"),
        VoteFilter(category="ocr"),
    ]
    assert [one.language for one in VoteFilter(language="de").kin()] == ["de", "en", "fr"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "chosen", [EVERY_VOTE, VoteFilter(since=DAY), VoteFilter(category="ocr", without_presets=True)]
)
def test_other_filters_have_no_kin(chosen):
    LabelSet.objects.create(category="ocr")
    assert chosen.kin() == []
