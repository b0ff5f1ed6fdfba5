"""Fit how much each piece of evidence counts when a name is judged, and write the table.

    python -m tests.bench.identity_weights

A logistic regression over ``arena.identity.evidence`` of the labelled sentences by which the rule
may be adjusted, each in one battle. Each sentence counts alike, however many names it has, and both
kinds of sentences weigh the same together. What counts next to nothing is left out of the table.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from arena.catalog.naming import names_of
from arena.identity.evidence import BIAS, WEIGHTS, evidence_of
from arena.identity.leaks import mentions
from arena.identity.visible_text import readable, visible_text
from tests.bench.identity_rule import (
    BLIND,
    FITTED,
    SPENT_STRANGERS,
    Case,
    by_pairs,
    by_strangers,
    neutral,
    self_namings,
)
from tests.figures import Figure, conclude

SETS = ("", FITTED, BLIND)
"""The sets that are fitted by, with those of the first three strangers; the others measure."""
ENOUGH = 0.7
"""The sum above which a name is taken for the speaker's own. At 0 it is as likely as not."""
SPREAD = 0.5
"""Variance of a weight before anything is known: the smaller, the nearer to 0 all stay."""
LEAST_SENTENCES = 3
"""In which a piece of evidence has to stand to be in the table."""
LEAST_WEIGHT = 0.03


class Example(NamedTuple):
    """The evidence around one mention of a name, and whether a model means itself by it."""

    evidence: set[str]
    own: bool
    sentence: str


def examples() -> list[Example]:
    """Return the mentions in all sentences that are fitted by."""
    return [
        one
        for own, cases in ((True, self_namings), (False, neutral))
        for case in (
            *by_strangers(naming=own),
            *(case for name in SPENT_STRANGERS for case in by_pairs(name, naming=own)),
            *(case for prefix in SETS for case in _first_battles(cases(prefix))),
        )
        for one in _examples(case, own=own)
    ]


def _first_battles(cases: Iterable[Case]) -> Iterator[Case]:
    """Yield the first battle of each sentence: its other names would teach the same."""
    seen = set[str]()
    for case in cases:
        if case.sentence not in seen:
            seen.add(case.sentence)
            yield case


def _examples(case: Case, *, own: bool) -> Iterator[Example]:
    names = frozenset(name for card in case.cards for name in names_of(card))
    for mention in mentions(names, readable(visible_text(case.text))):
        yield Example(evidence_of(mention), own, case.sentence)


def fit(rows: list[Example]) -> dict[str, float]:
    """Return the weight of each piece of evidence, and the bias."""
    sentences: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for item in row.evidence:
            sentences[item].add(row.sentence)
    kept = sorted(item for item, found in sentences.items() if len(found) >= LEAST_SENTENCES)
    place = {item: number for number, item in enumerate(kept)}
    columns = [[place[item] for item in row.evidence if item in place] for row in rows]
    ends = np.cumsum([0, *map(len, columns)])
    entries = np.ones(ends[-1]), np.concatenate(columns), ends
    table = csr_matrix(entries, shape=(len(rows), len(kept)))
    own = np.array([row.own for row in rows])
    found = _minimum(table, np.where(own, 1.0, -1.0), _importance(rows, own))
    weights = dict(zip(kept, found[:-1], strict=True))
    return {BIAS: found[-1] - ENOUGH} | {
        item: weight for item, weight in weights.items() if abs(weight) >= LEAST_WEIGHT
    }


def _importance(rows: list[Example], own: Any) -> Any:
    """Return for each mention how much it counts."""
    times = Counter((row.sentence, row.own) for row in rows)
    counts = np.array([1 / times[row.sentence, row.own] for row in rows])
    for kind in (own, ~own):
        counts[kind] *= len(times) / 2 / counts[kind].sum()
    return counts


def _minimum(table: Any, sign: Any, counts: Any) -> Any:
    """Return the weights and the bias of a logistic regression, with all weights held near 0."""

    def loss(weights: Any) -> tuple[float, Any]:
        margin = sign * (table @ weights[:-1] + weights[-1])
        value = (counts * np.logaddexp(0, -margin)).sum() + (weights[:-1] ** 2).sum() / 2 / SPREAD
        slope = -counts * sign / (1 + np.exp(margin))
        return value, np.append(table.T @ slope + weights[:-1] / SPREAD, slope.sum())

    return minimize(loss, np.zeros(table.shape[1] + 1), jac=True, method="L-BFGS-B").x


def main() -> int:
    """Write the table and print what it rests on."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    rows = examples()
    weights = fit(rows)
    lines = (f"{item}\t{weight:.2f}\n" for item, weight in sorted(weights.items()))
    WEIGHTS.write_text("".join(lines), "utf-8")
    own = {row.sentence for row in rows if row.own}
    return conclude(
        "Weights of the identity rule",
        [
            Figure("self-namings", f"{len(own)}"),
            Figure("other sentences", f"{len({row.sentence for row in rows} - own)}"),
            Figure("pieces of evidence with a weight", f"{len(weights) - 1}"),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
