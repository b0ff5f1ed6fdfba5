"""Which models the votes connect: no number may cross a gap in the graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from arena.rating.comparisons import Floats, Integers, PairCounts


def components(counts: PairCounts, *, strongly: bool = False) -> NDArray[np.int32]:
    """Component number of every model, shape [M].

    Plainly: two models are joined by any vote. Strongly: i reaches j where i took at least half
    a point from j; inside such a component, and only there, the unpenalised Bradley-Terry
    optimum exists (Ford 1957, Amer. Math. Monthly 64(8)).
    """
    linked = (counts.beat + counts.tied if strongly else counts.met) > 0
    if _reaches_all(linked) and (not strongly or _reaches_all(linked.T)):
        return np.zeros(counts.models, dtype=np.int32)
    kind = "strong" if strongly else "weak"
    _, found = scipy.sparse.csgraph.connected_components(
        scipy.sparse.csr_array(linked), directed=True, connection=kind
    )
    label: NDArray[np.int32] = found
    return label


def _reaches_all(linked: NDArray[np.bool_]) -> bool:
    """Return whether the first model reaches every other: on a dense board one or two steps tell,
    where the sparse search would first spend longer on its data structures than a fit takes."""
    reached = np.zeros(len(linked), dtype=bool)
    reached[:1] = True
    before = 0
    while before != (now := int(reached.sum())):
        before = now
        reached |= linked[reached].any(axis=0)
    return bool(reached.all())


def main_component(
    label: NDArray[np.int32], votes: Integers, models: Sequence[str], anchor: int | None = None
) -> NDArray[np.bool_]:
    """Mask of the component that gets numbers, shape [M].

    The anchor's; else the one with most models, then most votes, then the first name, so that
    the choice does not depend on the order of the models. All False without a vote.
    """
    if anchor is not None:
        return np.asarray((label == label[anchor]) & (votes > 0))
    if not label.any():
        return np.asarray(votes > 0)

    def size(part: int) -> tuple[int, int, list[int]]:
        inside = np.flatnonzero(label == part)
        first = min(models[i] for i in inside.tolist())
        return len(inside), int(votes[inside].sum()), [-ord(letter) for letter in first]

    best = max(range(int(label.max(initial=-1)) + 1), key=size, default=-1)
    mask: NDArray[np.bool_] = (label == best) & (votes > 0)
    return mask


def resistance(inverse: Floats) -> Floats:
    """Variance of each difference from a covariance or inverse information, shape [M, M]."""
    own = np.diagonal(inverse)
    squared: Floats = own[:, None] + own[None, :] - 2.0 * inverse
    return squared
