from __future__ import annotations

import numpy as np
import pytest

from inference_worker.samples.compose import compose
from inference_worker.samples.scenes import GRID, KINDS, DrawnScene, PixelBox, ScenePart
from inference_worker.samples.vocabulary import COLOURS, SHAPES
from inference_worker.training.cells import GROUPS, IGNORE, classes, label
from tests.inference_worker.samples.scenery import PAPER, chart, row, sign


def grid(scene, group):
    return label(scene)[:, GROUPS.index(group)].reshape(GRID, GRID)


def test_cells_that_a_shape_covers_carry_its_name():
    shapes = grid(row(), "shape")
    assert shapes[0, 0] == 1 + SHAPES.index("circle")
    assert shapes[5, 5] == 1 + SHAPES.index("cross")
    assert shapes[5, 0] == 0


def test_cells_carry_colours_too():
    assert grid(row(), "colour")[5, 5] == 1 + list(COLOURS).index("red")


def test_cells_know_where_their_thing_is():
    assert (grid(row(), "vertical")[0, 0], grid(row(), "horizontal")[5, 5]) == (1, 3)


def test_characters_are_numbered_from_left_to_right():
    order = grid(sign("AB"), "ordinal")
    assert set(order[2:4, 1]) <= {1, IGNORE}
    assert set(order[2:4, 2]) <= {2, IGNORE}
    assert {1, 2} <= set(order.ravel())


def test_the_tallest_and_the_shortest_bar_are_told_apart():
    extremes = label(chart())[:, GROUPS.index("extreme")]
    assert {1, 2, 3} <= set(extremes)


def test_the_border_of_a_thing_is_left_out():
    scene = DrawnScene(
        "shapes", PAPER, (ScenePart(PixelBox(0, 0, 20, 20), colour="red", shape="star"),)
    )
    shapes = grid(scene, "shape")
    assert shapes[0, 0] > 0
    assert shapes[0, 1] == IGNORE
    assert shapes[0, 2] == 0


@pytest.mark.parametrize("kind", ["shapes", "bars", "emoji"])
def test_every_part_has_at_least_one_cell(kind):
    for index in range(100):
        scene = compose("train", kind, index)
        orders = set(label(scene)[:, GROUPS.index("ordinal")])
        assert orders >= set(range(1, len(scene.parts) + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_labels_stay_within_their_classes(kind):
    for index in range(100):
        labels = label(compose("train", kind, index))
        assert labels.shape == (GRID * GRID, len(GROUPS))
        assert (labels.max(0) < np.array([classes(group) for group in GROUPS])).all()
