from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from inference_worker.samples.compose import Split, compose, is_held_out_text
from inference_worker.samples.drawing import draw
from inference_worker.samples.scenes import KINDS, SIDE
from inference_worker.samples.vocabulary import HELD_OUT_PAIRS

SPLITS = ("train", "held_out", "composition", "samples")


def pairs(split: Split, count: int = 300) -> list[set[tuple[str, str]]]:
    scenes = [compose(split, "shapes", index) for index in range(count)]
    return [{(part.colour, part.shape) for part in scene.parts} for scene in scenes]


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_scene(kind):
    assert compose("train", kind, 7) == compose("train", kind, 7)


@pytest.mark.parametrize("kind", ["shapes", "text", "bars"])
def test_a_seed_gives_the_same_picture(kind):
    first, again = (draw(compose("train", kind, 7), 96).tobytes() for _ in range(2))
    assert first == again


@pytest.mark.parametrize("kind", KINDS)
def test_other_numbers_give_other_scenes(kind):
    scenes = {compose("train", kind, index) for index in range(100)}
    assert len(scenes) == 100


@pytest.mark.parametrize(("one", "other"), list(combinations(SPLITS, 2)))
def test_splits_share_no_scene_of_shapes(one, other):
    shared = {compose(one, "shapes", i) for i in range(200)}
    assert shared.isdisjoint(compose(other, "shapes", i) for i in range(200))


def test_training_and_held_out_share_no_text_longer_than_one_character():
    training = {compose("train", "text", index).text for index in range(3_000)}
    held_out = {compose("held_out", "text", index).text for index in range(500)}
    assert {text for text in training & held_out if len(text) > 1} == set()


def test_training_never_draws_a_held_out_text():
    texts = [compose("train", "text", index).text for index in range(3_000)]
    assert not any(is_held_out_text(text) for text in texts)


def test_training_never_draws_a_held_out_pair():
    assert all(drawn.isdisjoint(HELD_OUT_PAIRS) for drawn in pairs("train"))


def test_every_composition_scene_draws_a_held_out_pair():
    assert not any(drawn.isdisjoint(HELD_OUT_PAIRS) for drawn in pairs("composition"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_lies_on_the_canvas(kind):
    for index in range(200):
        for part in compose("train", kind, index).parts:
            assert part.box.left >= 0
            assert part.box.top >= 0
            assert part.box.right <= SIDE + 1
            assert part.box.bottom <= SIDE + 1


def test_shapes_do_not_overlap():
    for index in range(200):
        boxes = [part.box for part in compose("train", "shapes", index).parts]
        assert not any(one.overlaps(other, 0) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_parts_run_from_left_to_right(kind):
    for index in range(100):
        lefts = [part.box.centre[0] for part in compose("train", kind, index).parts]
        assert lefts == sorted(lefts)


def test_bars_differ_in_height_so_that_the_tallest_is_plain():
    for index in range(200):
        heights = sorted(part.height for part in compose("train", "bars", index).parts)
        gaps = [tall - low for low, tall in pairwise(heights)]
        assert min(gaps) >= 5
