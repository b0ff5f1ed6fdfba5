"""Endless, seeded batches of scene numbers and their pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch

from inference_worker.demo_models.training.store import Store


def numbers(count: int, batch: int, seed: int, skip: int = 0) -> Iterator[npt.NDArray[np.int64]]:
    """Epoch after epoch of shuffled scene numbers; `skip` batches are passed over on a resume."""
    epoch = 0
    while True:
        order = np.random.default_rng((seed, epoch)).permutation(count)
        for start in range(0, count - batch + 1, batch):
            if skip:
                skip -= 1
                continue
            yield order[start : start + batch]
        epoch += 1


def pixels(store: Store, chosen: npt.NDArray[np.int64]) -> torch.Tensor:
    """(batch, 3, side, side) in [-1, 1]: what the processor makes of the same pictures."""
    raw = torch.from_numpy(store.pictures[np.sort(chosen)])
    return raw.permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)
