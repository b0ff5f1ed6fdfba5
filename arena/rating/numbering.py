"""An order of the models that comes from their votes alone, whatever they are called.

Models are coloured by their votes and by the colours of those they met, again and again until no
more of them differ (colour refinement: Weisfeiler and Leman, 1968). Where some are left alike, one
of them is marked and the others told apart by it: if no vote tells them apart, any of them will do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Integers

Colours = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = tuple(map(np.uint64, (30, 27, 31)))
_MARK = np.uint64(1)


def alike(table: Integers) -> NDArray[np.intp]:
    """Return a number for each model, shared by those that no count of votes tells apart.

    `table` [M, M, k] holds what each model did against each other, from its own side.
    """
    classes: NDArray[np.intp] = np.unique(_refined(_links(table)), return_inverse=True)[1]
    return classes


def by_votes(table: Integers) -> NDArray[np.intp]:
    """Return the models' indices in an order that renaming them does not change, [M].

    Models that are `alike` may change places with one another.
    """
    links = _links(table)
    colours = _refined(links)
    while True:
        values, counts = np.unique(colours, return_counts=True)
        if (counts == 1).all():
            return np.argsort(colours)
        first = int(np.flatnonzero(colours == values[counts > 1][0])[0])
        colours[first] = _stirred(colours[first : first + 1] ^ _MARK)[0]
        colours = _refined(links, colours)


def _stirred(values: Colours) -> Colours:
    """A 64-bit digest of each (splitmix64), so that sums of them stand for what was summed."""
    mixed = values + _STEP
    mixed = (mixed ^ (mixed >> _SHIFTS[0])) * _FIRST
    mixed = (mixed ^ (mixed >> _SHIFTS[1])) * _SECOND
    return mixed ^ (mixed >> _SHIFTS[2])


def _links(table: Integers) -> Colours:
    """A digest of the counts of each pair, [M, M]."""
    links = np.zeros(table.shape[:2], dtype=np.uint64)
    for outcome in np.moveaxis(table, 2, 0):
        links = _stirred(links ^ outcome.astype(np.uint64))
    return links


def _refined(links: Colours, colours: Colours | None = None) -> Colours:
    """The stable colours that follow from these, or from all models alike."""
    colours = np.zeros(len(links), dtype=np.uint64) if colours is None else colours
    known = len(np.unique(colours))
    while True:
        colours = _stirred(colours + _stirred(links ^ _stirred(colours)).sum(axis=1))
        found = len(np.unique(colours))
        if found == known:
            return colours
        known = found
