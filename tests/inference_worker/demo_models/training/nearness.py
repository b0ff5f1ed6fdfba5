"""How near two trained models are.

Two runs of one seed may differ in the last bit of a product, for a matrix product's rounding may
depend on where its numbers lie in memory. An optimiser that divides by a gradient's size makes
more of it, but never as much as another seed does.
"""

from __future__ import annotations

import math

import torch


def apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """The length of the difference over the length of `one`, over all weights together."""
    assert one.keys() == other.keys()
    difference = sum((one[name] - other[name]).square().sum().item() for name in one)
    return math.sqrt(difference / sum(weight.square().sum().item() for weight in one.values()))
