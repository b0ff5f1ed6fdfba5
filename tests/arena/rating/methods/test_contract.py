"""What every method owes, run over whatever files the folder holds."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arena.rating import methods
from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.fit import RatingScale
from arena.rating.methods import (
    DEFAULT_METHOD,
    PoolingMethod,
    UnknownMethod,
    available_methods,
    load_method,
)
from tests.arena.rating.synthetic import (
    by_model,
    counts_from,
    games_between,
    names,
    rows_of,
    shuffled,
    swapped,
)

METHODS = available_methods()
THETA = np.array([1.2, 0.6, 0.0, -0.6, -1.2])


@pytest.fixture(scope="module")
def votes():
    rng = np.random.default_rng(11)
    return rows_of(counts_from(THETA, games_between(5, 2000, rng), rng))


@pytest.fixture(params=METHODS)
def method(request):
    return load_method(request.param)


def test_the_folder_is_the_registry():
    files = Path(methods.__file__).parent.glob("[!_]*.py")
    assert sorted(METHODS) == sorted(file.stem for file in files)
    assert DEFAULT_METHOD in METHODS


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(UnknownMethod, match=", ".join(METHODS)):
        load_method("glicko")


@pytest.mark.parametrize("name", METHODS)
def test_a_fit_bears_the_name_of_its_method(name, votes):
    assert load_method(name).fit(votes, models=names(5)).method == name


def test_a_method_says_its_words_in_sentences(method):
    told = method.DESCRIPTION
    assert told.title
    assert told.summary.endswith(".")
    assert told.ties.endswith(".")


def test_no_two_methods_share_a_title():
    titles = [load_method(name).DESCRIPTION.title for name in METHODS]
    assert len(set(titles)) == len(titles)


def test_the_declared_options_are_the_parameters_of_the_fit(method):
    parameters = inspect.signature(method.fit).parameters
    given = {"votes", "models", "scale", "seed", "min_votes", "version"}
    given |= {"features"} if method.DESCRIPTION.features else set()
    own = {name: one.default for name, one in parameters.items() if name not in given}
    assert own == method.DESCRIPTION.defaults
    assert all(option.summary for option in method.DESCRIPTION.options)


def test_the_defaults_said_aloud_change_no_byte(method, votes):
    silent = method.fit(votes, models=names(5))
    aloud = method.fit(votes, models=names(5), **method.DESCRIPTION.defaults)
    assert silent.rows == aloud.rows
    assert silent.covariance.tobytes() == aloud.covariance.tobytes()


def test_each_choice_of_an_option_is_taken(method, votes):
    for option in method.DESCRIPTION.options:
        for choice in option.choices:
            method.fit(votes, models=names(5), **{option.name: option.parse(choice)})


def test_the_details_that_are_kept_are_found(method, votes):
    found = set(method.fit(votes, models=names(5)).details)
    found |= set(method.fit(opinionated(votes), models=names(5)).details)
    pooling = method if isinstance(method, PoolingMethod) else None
    if pooling is not None:
        counts = votes.counts(5)
        found |= set(pooling.fit_pooled(counts, counts + counts, models=names(5)).details)
    assert set(method.DESCRIPTION.details) <= found


def test_a_table_of_findings_reads_what_the_fit_writes(method, votes):
    told = method.DESCRIPTION
    rng = np.random.default_rng(4)
    styles = rng.normal(size=(len(votes), len(told.features))) if told.features else None
    fit = method.fit(replace(votes, features=styles), models=names(5))
    for table in told.tables:
        assert table.detail in told.details
        assert fit.details[table.detail].keys() == table.rows.keys()
        for row in fit.details[table.detail].values():
            assert row["lower"] <= row[table.value] <= row["upper"]


def test_a_method_that_pools_has_the_whole_of_pooling(method):
    offered = [hasattr(method, name) for name in ("fit_pooled", "fit_categories")]
    assert all(offered) == any(offered) == isinstance(method, PoolingMethod)
    assert bool(method.DESCRIPTION.pooled_options) <= isinstance(method, PoolingMethod)


def test_the_true_order_is_recovered(method, votes):
    fit = method.fit(votes, models=names(5))
    assert [row.model for row in fit.rows] == names(5)
    assert [row.rank for row in fit.rows] == [1, 2, 3, 4, 5]


def test_every_interval_holds_its_rating(method, votes):
    for row in method.fit(votes, models=names(5)).rows:
        assert row.rating_lower < row.rating < row.rating_upper
        assert row.rank_lower <= row.rank <= row.rank_upper


def test_the_same_votes_give_the_same_bytes(method, votes):
    once, again = (method.fit(votes, models=names(5), seed=3) for _ in range(2))
    assert once.rows == again.rows
    assert once.theta.tobytes() == again.theta.tobytes()
    assert once.covariance.tobytes() == again.covariance.tobytes()


def test_swapping_the_sides_changes_nothing(method, votes):
    counts = votes.counts(5)
    here = by_model(method.fit(rows_of(counts), models=names(5)))
    there = by_model(method.fit(rows_of(swapped(counts)), models=names(5)))
    for model in names(5):
        assert here[model].rating == pytest.approx(there[model].rating, abs=1e-9)


def test_renaming_the_models_changes_nothing(method, votes):
    other = ["zeta", "M", "m", "ähre", "Ω"]
    here = by_model(method.fit(votes, models=names(5)))
    there = by_model(method.fit(votes, models=other))
    for model, name in zip(names(5), other, strict=True):
        for figure in ("rating", "rating_lower", "rating_upper"):
            there_and_here = getattr(there[name], figure), getattr(here[model], figure)
            assert there_and_here[0] == pytest.approx(there_and_here[1], abs=1e-9)


def test_doubling_the_votes_narrows_the_intervals(method, votes):
    counts = votes.counts(5)
    few = by_model(method.fit(rows_of(counts), models=names(5)))
    many = by_model(method.fit(rows_of(counts + counts), models=names(5)))
    for model in names(5):
        narrow, wide = (row.rating_upper - row.rating_lower for row in (many[model], few[model]))
        assert narrow < wide


def test_a_model_without_votes_has_words_instead_of_numbers(method, votes):
    lonely = by_model(method.fit(votes, models=[*names(5), "new"]))["new"]
    assert (lonely.state, lonely.rating, lonely.rank) == ("too_few_votes", None, None)


def test_a_model_below_the_threshold_has_no_number(method, votes):
    fit = method.fit(votes, models=names(5), min_votes=10_000)
    assert {row.state for row in fit.rows} == {"too_few_votes"}


def test_an_island_gets_no_number(method, votes):
    island = PairCounts.from_cells(7, [5, 6], [6, 5], [0, 0], [9, 9])
    grown = np.zeros((7, 7, 4), dtype=np.int64)
    grown[:5, :5] = votes.counts(5).table
    rows = by_model(method.fit(rows_of(PairCounts(grown) + island), models=names(7)))
    assert rows["m005"].state == rows["m006"].state == "not_connected"
    assert rows["m005"].rating is None
    assert rows["m004"].state == "rated"


def test_a_board_without_votes_is_defined(method):
    fit = method.fit(rows_of(PairCounts.empty(2)), models=["x", "y"])
    assert [row.state for row in fit.rows] == ["too_few_votes", "too_few_votes"]


def test_a_board_without_models_is_defined(method):
    assert method.fit(rows_of(PairCounts.empty(0)), models=[]).rows == ()


def test_one_vote_is_enough_for_numbers_or_words(method):
    one = rows_of(PairCounts.from_cells(2, [0], [1], [0], [1]))
    for row in method.fit(one, models=["x", "y"]).rows:
        assert (row.rating is None) == (row.state != "rated")
        assert row.rating is None or np.isfinite([row.rating_lower, row.rating_upper]).all()


def test_the_anchor_stands_at_the_centre(method, votes):
    scale = RatingScale(centre=1114.0, anchor="m002")
    row = by_model(method.fit(votes, models=names(5), scale=scale))["m002"]
    assert row.rating == pytest.approx(1114.0, abs=1e-9)


def test_an_unknown_anchor_is_refused(method, votes):
    with pytest.raises(ValueError, match="nobody"):
        method.fit(votes, models=names(5), scale=RatingScale(anchor="nobody"))


@pytest.mark.parametrize("anchor", [None, "m001"])
@pytest.mark.parametrize("seed", range(20))
def test_no_rated_model_is_certain(method, seed, anchor):
    rng = np.random.default_rng(seed)
    models = int(rng.integers(3, 8))
    games = games_between(models, int(rng.integers(2, 40)), rng)
    votes = rows_of(counts_from(rng.normal(size=models), games, rng))
    fit = method.fit(votes, models=names(models), scale=RatingScale(anchor=anchor))
    widths = [row.rating_upper - row.rating_lower for row in fit.rows if row.state == "rated"]
    assert all(width > 1.0 for width in widths)


def test_names_must_match_the_votes(method, votes):
    with pytest.raises(ValueError, match="name"):
        method.fit(votes, models=["x", "x", "y", "z", "w"])


def test_rows_and_details_survive_json(method, votes):
    fit = method.fit(votes, models=names(5))
    rows = [row.as_dict() for row in fit.rows]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    json.dumps(fit.details, allow_nan=False)


def test_arrays_are_indexed_like_the_models(method, votes):
    fit = method.fit(votes, models=[*names(5), "new"])
    assert fit.covariance.shape == (6, 6)
    assert np.isnan(fit.theta[5])
    assert np.argsort(-fit.theta[:5]).tolist() == [0, 1, 2, 3, 4]


def test_votes_and_wins_are_counted(method, votes):
    counts = votes.counts(5)
    rows = by_model(method.fit(shuffled(votes, np.random.default_rng(1)), models=names(5)))
    assert [rows[model].votes for model in names(5)] == counts.votes.tolist()
    assert [rows[model].wins for model in names(5)] == counts.wins.tolist()


def test_rated_rows_say_what_their_interval_rests_on(method, votes):
    rows = by_model(method.fit(votes, models=[*names(5), "new"]))
    assert {rows[model].interval for model in names(5)} == {method.DESCRIPTION.interval}
    assert rows["new"].interval is None


def opinionated(rows):
    """Every voter has one favourite, or likes none: votes hang together."""
    winner = np.choose(rows.outcome, [rows.a, rows.b, 5, 5])
    return replace(rows, voter=winner * 8 + np.arange(len(rows)) % 8)


def test_voters_who_repeat_themselves_widen_the_intervals(method, votes):
    fits = [method.fit(v, models=names(5)) for v in (votes, opinionated(votes))]
    assert fits[1].details["errors"] == "clustered"
    assert {row.interval for row in fits[1].rows} == {"voters"}
    assert np.trace(fits[1].covariance) > np.trace(fits[0].covariance)


def test_a_voter_for_every_vote_is_no_cluster(method, votes):
    alone = replace(votes, voter=np.arange(len(votes)))
    fits = [method.fit(v, models=names(5)) for v in (votes, alone)]
    widths = [np.sqrt(np.diagonal(fit.covariance)) for fit in fits]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_too_few_voters_leave_the_errors_independent(method, votes):
    fit = method.fit(replace(votes, voter=np.arange(len(votes)) % 3), models=names(5))
    assert fit.details["errors"] == "independent"


def test_a_vote_without_weight_is_no_vote(method, votes):
    columns = (votes.a, votes.b, votes.outcome, np.ones(len(votes)))
    rows = Comparisons(
        *(np.append(c, last) for c, last in zip(columns[:3], (5, 0, 0), strict=True))
    )
    rows = replace(rows, weight=np.append(columns[3], 0.0))
    found = by_model(method.fit(rows, models=names(6)))
    assert (found["m005"].state, found["m005"].votes) == ("too_few_votes", 0)
