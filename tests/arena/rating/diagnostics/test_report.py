from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from arena.rating.comparisons import PairCounts
from arena.rating.diagnostics.report import diagnose
from arena.rating.diagnostics.side_bias import side_bias
from tests.arena.rating.synthetic import counts_from, games_between, names, rows_of


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(4)
    return counts_from(np.linspace(0.6, -0.6, 5), games_between(5, 1500, rng), rng)


def test_it_repeats_what_each_diagnostic_says(counts):
    found = diagnose(counts, names(5))
    assert found["side_bias"]["points"] == side_bias(counts).points
    assert found["first_place"]["leader"] == "m000"
    assert set(found["tie_convention"]) == {"half", "without_both_bad", "without_ties"}


def test_voters_are_looked_at_where_they_are_known(counts):
    rows = rows_of(counts)
    known = replace(rows, voter=np.arange(len(rows)) % 50)
    assert diagnose(known, names(5))["concentration"]["voters"] == 50
    assert diagnose(rows, names(5))["concentration"] is None


def test_the_main_part_is_looked_at_where_votes_do_not_connect_all(counts):
    table = np.zeros((7, 7, 4), dtype=np.int64)
    table[:5, :5] = counts.table
    table[5, 6, 0] = 3
    found = diagnose(PairCounts(table), names(7))
    assert found["first_place"] == diagnose(counts, names(5))["first_place"]
    assert [len(part) for part in found["connectivity"]["parts"]] == [5, 2]


@pytest.mark.parametrize("models", [0, 1, 2, 3])
def test_no_votes_at_all_have_answers_for_json(models):
    found = diagnose(PairCounts.empty(models), names(models))
    assert json.loads(json.dumps(found, allow_nan=False))["side_bias"] is None
