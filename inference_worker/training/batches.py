"""Endless, seeded batches of scene numbers and their pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch

from inference_worker.training.store import PictureStore


def numbers(
    shares: npt.NDArray[np.float64], batch: int, seed: int, skip: int = 0
) -> Iterator[npt.NDArray[np.int64]]:
    """Epoch after epoch of shuffled scene numbers; a resumed run passes over `skip` batches.

    `shares` says for each scene in which share of the epochs it comes up.
    """
    epoch = 0
    while True:
        dice = np.random.default_rng((seed, epoch))
        order = dice.permutation(len(shares))
        order = order[dice.random(len(shares)) < shares[order]]
        for start in range(0, len(order) - batch + 1, batch):
            if skip:
                skip -= 1
                continue
            yield order[start : start + batch]
        epoch += 1


def pixels(store: PictureStore, chosen: npt.NDArray[np.int64]) -> torch.Tensor:
    """(batch, 3, side, side) in [-1, 1]: what the processor makes of the same pictures."""
    raw = torch.from_numpy(store.pictures[np.sort(chosen)])
    return raw.permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)
