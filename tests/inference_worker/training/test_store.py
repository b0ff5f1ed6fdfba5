from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from inference_worker.training.cells import label
from inference_worker.training.store import MIX, kinds, load, picture, render

COUNT = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory, request):
    request.getfixturevalue("fonts_at_hand")
    made = tmp_path_factory.mktemp("scenes")
    render(made, COUNT, lambda done: None)
    return made


def test_a_store_holds_a_picture_and_labels_of_every_scene(folder):
    store = load(folder)
    for index in (0, 7, COUNT - 1):
        scene = store.scene(index)
        assert np.array_equal(store.pictures[index], np.asarray(picture(scene)))
        assert np.array_equal(store.labels[index], label(scene))


def test_a_finished_store_is_kept(folder):
    told = []
    render(folder, COUNT, told.append)
    assert told == []


def test_drawing_reports_each_scene(tmp_path, folder):
    del folder
    told = []
    render(tmp_path, 3, told.append)
    assert told == [1, 2, 3]


def test_kinds_come_in_their_shares():
    drawn = Counter(kinds(20_000, seed=0))
    assert all(abs(drawn[kind] / 20_000 - share) < 0.02 for kind, share in MIX.items())


def test_a_smaller_store_is_the_beginning_of_a_larger_one():
    assert kinds(1_000, seed=0)[:100] == kinds(100, seed=0)
