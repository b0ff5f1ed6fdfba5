"""How near two trained models are.

Two runs of one seed may differ in the last bit of a product, for a matrix product's rounding may
depend on where its numbers lie in memory. An optimiser that divides by a gradient's size makes
more of it: with the last bit of every weight changed at the start, two steps of a grown model end a
150th as far apart as those of another seed.
"""

from __future__ import annotations

import math

import torch


def apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """The length of the difference over the length of `one`, over all weights together."""
    assert one.keys() == other.keys()
    difference = sum((one[name] - other[name]).square().sum().item() for name in one)
    return math.sqrt(difference / sum(weight.square().sum().item() for weight in one.values()))
