"""What others compute from the same votes; each is used where it can be imported.

arena-rank and evalica are called through their public interfaces. The algorithm of FastChat's
leaderboard (scipy's L-BFGS-B on distinct outcomes, its tolerances) is written afresh here, with
a faster gradient than its own; where its file `rating_systems.py` lies on the path, that is used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import numpy as np
from scipy.optimize import minimize

POINTS = np.array([1.0, 0.0, 0.5, 0.5])


def importable(*names):
    """Which of the peers are installed here."""
    return [name for name in names if find_spec(name)]


def triples(counts):
    """Distinct (a, b, points) with their counts, from a table [M, M, 4]."""
    a, b, outcome = np.nonzero(counts.table)
    return a, b, POINTS[outcome], counts.table[a, b, outcome].astype(float)


def fastchat(counts, weight=None):
    """Ratings as FastChat's leaderboard computes them, without intervals."""
    a, b, y, n = triples(counts)
    weight = n if weight is None else weight
    if find_spec("rating_systems"):
        fit = import_module("rating_systems").fit_bt
        found = fit(np.column_stack([a, b]), y, weight, counts.models, np.log(10.0))
    else:
        found = _lbfgs(a, b, y, weight, counts.models)
    return 1000.0 + 400.0 * (found - found.mean())


def _lbfgs(a, b, y, weight, models):
    alpha = np.log(10.0)

    def loss(ratings):
        gap = alpha * (ratings[a] - ratings[b])
        chance = 1.0 / (1.0 + np.exp(-gap))
        value = -(weight * (y * np.log(chance) + (1 - y) * np.log1p(-chance))).sum()
        pull = -alpha * weight * (y - chance)
        slope = np.bincount(a, pull, models) - np.bincount(b, pull, models)
        return value, slope

    options = {"maxiter": 100, "gtol": 1e-6}
    return minimize(loss, np.zeros(models), jac=True, method="L-BFGS-B", options=options).x


def fastchat_bootstrap(counts, rounds, rng):
    """Ratings of multinomial resamples, [rounds, M]."""
    n = triples(counts)[3]
    votes = int(n.sum())
    samples = rng.multinomial(votes, n / n.sum(), size=rounds)
    return np.array([fastchat(counts, row / votes) for row in samples])


def _arena(module):
    """A module of arena-rank."""
    return import_module(f"arena_rank.{module}")


def arena_rank_rows(rows, models):
    """arena-rank from a data frame of whole numbers: (ratings, lower, upper) by model index."""
    pd = import_module("pandas")
    frame = pd.DataFrame({"model_a": rows.a, "model_b": rows.b, "winner": POINTS[rows.outcome]})
    data = _arena("utils.data_utils").PairDataset.from_pandas(frame, outcome_map=float)
    return _arena_rank(data, models)


def arena_rank_counts(counts):
    """arena-rank from ready counts, which its own reader would have to make first."""
    jnp = import_module("jax.numpy")
    a, b, y, n = triples(counts)
    one = jnp.ones(len(n))
    data = _arena("utils.data_utils").PairDataset(
        competitors=list(range(counts.models)),
        pairs=jnp.column_stack([jnp.array(a), jnp.array(b)]).astype(jnp.int32),
        outcomes=jnp.array(y),
        counts=jnp.array(n),
        weights=one,
        opt_weights=jnp.array(n),
    )
    return _arena_rank(data, counts.models)


def _arena_rank(data, models):
    result = _arena("models.bradley_terry").BradleyTerry(models).compute_ratings_and_cis(data)
    order = np.argsort(np.array(result["competitors"], dtype=int))
    keys = ("ratings", "rating_lower", "rating_upper")
    return tuple(np.asarray(result[key])[order] for key in keys)


def arena_rank_style(rows, models, reg=0.0):
    """arena-rank's contextual model: (ratings, coefficients)."""
    pd = import_module("pandas")
    k = rows.features.shape[1]
    names = [f"f{i}" for i in range(k)]
    frame = pd.DataFrame(rows.features, columns=names)
    frame["model_a"], frame["model_b"] = rows.a, rows.b
    frame["winner"] = POINTS[rows.outcome]
    data = _arena("utils.data_utils").ContextualPairDataset.from_pandas(
        frame, names, outcome_map=float, reweighted=False, normalize_features=False
    )
    model = _arena("models.contextual_bradley_terry").ContextualBradleyTerry(models, k, reg=reg)
    result = model.compute_ratings_and_cis(data)
    return np.asarray(result["ratings"]), np.asarray(model.params["coeffs"])


def evalica_rows(rows, weights=None):
    """evalica's Bradley-Terry from integer columns, natural-log strengths, no intervals."""
    evalica = import_module("evalica")
    kinds = [evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw, evalica.Winner.Draw]
    winners = [kinds[i] for i in rows.outcome.tolist()]
    scores = evalica.bradley_terry(rows.a.tolist(), rows.b.tolist(), winners, weights=weights)
    theta = np.log(scores.scores.sort_index().to_numpy())
    return theta - theta.mean()


def evalica_named(a, b, winner):
    """evalica's Bradley-Terry from names and spelt outcomes."""
    evalica = import_module("evalica")
    kinds = {"model_a": evalica.Winner.X, "model_b": evalica.Winner.Y}
    winners = [kinds.get(word, evalica.Winner.Draw) for word in winner]
    return evalica.bradley_terry(a, b, winners)
