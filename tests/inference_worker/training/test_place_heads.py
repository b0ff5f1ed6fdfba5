from __future__ import annotations

import numpy as np
import pytest
import torch

from inference_worker.samples.drawing import extent
from inference_worker.training.cells import IGNORE, label
from inference_worker.training.locations import BINS, bins
from inference_worker.training.place_heads import PlaceHeads, cell_sides, soft_loss
from tests.inference_worker.samples.scenery import row, sign


@pytest.fixture(scope="module")
def sides():
    scenes = [row(), sign()]
    return cell_sides(scenes, np.stack([label(scene) for scene in scenes]))


def test_each_cell_of_a_thing_tells_its_box(sides):
    boxes = {bins(extent(part)) for part in row().parts}
    told = {tuple(cell.tolist()) for cell in sides[0]}
    assert told == {*boxes, (IGNORE,) * 4}


def test_only_shapes_have_boxes(sides):
    assert (sides[1] == IGNORE).all()


def test_a_near_side_costs_less_than_a_far_one():
    logits = torch.full((3, BINS), -20.0)
    for place, said in enumerate((50, 51, 80)):
        logits[place, said] = 0.0
    right, near, far = soft_loss(logits, torch.tensor([50, 50, 50])).tolist()
    assert right < near < far


def test_the_heads_learn_from_cells_that_show_a_thing(sides):
    heads = PlaceHeads(torch.nn.Embedding(300, 16), range(200, 300))
    cells = torch.randn(2, 36, 16, requires_grad=True)
    heads(cells, sides).backward()
    shown = (sides != IGNORE).all(-1)
    assert (cells.grad.abs().sum(-1) > 0).eq(shown).all()


def test_without_a_thing_there_is_nothing_to_learn(sides):
    heads = PlaceHeads(torch.nn.Embedding(300, 16), range(200, 300))
    assert heads(torch.randn(1, 36, 16), sides[1:]).item() == 0
