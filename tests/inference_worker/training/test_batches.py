from __future__ import annotations

from itertools import islice

import numpy as np

from inference_worker.training.batches import numbers, pixels
from inference_worker.training.store import PictureStore

ALL = np.ones(10)


def test_an_epoch_passes_over_every_scene_once():
    batches = numbers(ALL, 5, seed=0)
    assert sorted([*next(batches), *next(batches)]) == list(range(10))


def test_epochs_differ_in_order():
    first, second = islice(numbers(ALL, 10, seed=0), 2)
    assert first.tolist() != second.tolist()


def test_a_resumed_run_draws_the_batches_that_were_still_to_come():
    whole = list(islice(numbers(ALL, 5, seed=0), 7))
    resumed = list(islice(numbers(ALL, 5, seed=0, skip=3), 4))
    assert [batch.tolist() for batch in resumed] == [batch.tolist() for batch in whole[3:]]


def test_a_scene_comes_up_as_often_as_its_share_says():
    shares = np.array([1.0] * 50 + [0.5] * 50)
    drawn = np.concatenate(list(islice(numbers(shares, 10, seed=0), 700)))
    counts = np.bincount(drawn, minlength=100)
    assert 0.4 < counts[50:].sum() / counts[:50].sum() < 0.6


def test_pixels_are_what_the_processor_makes_of_the_picture():
    pictures = np.array([[[[0, 127.5, 255]]]]).astype(np.uint8)
    store = PictureStore(pictures, np.zeros((1, 36, 8), np.int16), ["shapes"])
    assert pixels(store, np.array([0])).flatten().round(decimals=2).tolist() == [-1, 0, 1]
