"""Names that several places share and no type ties are the same in all of them."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from django.conf import settings

from arena.battles.style import AnswerStyle
from arena.boards.selectors import STRATEGY_WORDS
from arena.ledger.selectors.entries import STYLE_COLUMNS
from arena.matchmaking import STRATEGIES
from arena.rating.descriptions import INTERVAL_WORDS
from arena.rating.features import StyleFeature
from arena.rating.fit import NOT_CONNECTED, RATED, TOO_FEW_VOTES, IntervalBasis, RatingState


def test_each_style_feature_has_the_column_that_is_measured():
    assert tuple(STYLE_COLUMNS) == tuple(StyleFeature)
    assert tuple(STYLE_COLUMNS.values()) == AnswerStyle._fields


def test_each_strategy_of_the_draw_has_words():
    assert tuple(STRATEGY_WORDS) == STRATEGIES


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_can_be_set(strategy):
    # Settings name them in words: importing the package would load numpy into every command.
    source = Path(settings.BASE_DIR, "arena", "config", "ranking.py").read_text(encoding="utf-8")
    assert f'"{strategy}"' in source.partition('"ARENA_DRAW_POLICY"')[2].partition("\n)")[0]


def test_each_basis_of_intervals_has_words():
    assert tuple(INTERVAL_WORDS) == get_args(IntervalBasis)


def test_each_state_of_a_row_has_a_name():
    assert get_args(RatingState) == (RATED, TOO_FEW_VOTES, NOT_CONNECTED)
