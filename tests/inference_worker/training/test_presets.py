from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from inference_worker.samples.scenes import GRID, KINDS
from inference_worker.training.presets import PRESETS
from inference_worker.training.store import MIX, PIXELS

every_preset = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)


@every_preset
def test_heads_divide_their_widths(preset):
    assert preset.hidden % preset.heads == 0
    for stage, heads in enumerate(preset.vision_heads):
        assert preset.embed * 2**stage % heads == 0


@every_preset
def test_strides_leave_one_cell_a_place(preset):
    assert PIXELS // (preset.patch * 2 ** (len(preset.depths) - 1)) == GRID


@every_preset
def test_shares_name_kinds_that_are_drawn(preset):
    assert preset.shares.keys() <= set(KINDS) == MIX.keys()
    assert all(0 < share <= 1 for share in preset.shares.values())


@every_preset
def test_a_stage_sees_no_scene_more_often_than_five_times(preset):
    cells, answers = preset.steps
    assert max(cells * preset.batch, answers * preset.answer_batch) <= 5 * preset.scenes


@every_preset
def test_a_stage_has_a_plateau_and_an_end(preset):
    assert 0 < preset.hold < 1
    assert preset.tower_from < 1


def test_a_preset_is_never_changed_by_a_run():
    with pytest.raises(FrozenInstanceError):
        PRESETS["xs"].layers = 9
