"""A whole run of the smallest preset, in a process of its own as an operator starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from inference_worker.samples.drawing import draw
from inference_worker.training.marking import open_checkpoint
from inference_worker.training.pipeline import TrainingLength, TrainingRun
from inference_worker.training.plotting import read_losses
from inference_worker.training.presets import PRESETS
from tests.inference_worker.samples.scenery import row
from tests.inference_worker.training.nearness import apart

pytestmark = [
    pytest.mark.usefixtures("needs_fonts"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]
COMMAND = [sys.executable, "-m", "inference_worker.training", "--preset", "tiny"]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("run") / "tiny"


@pytest.fixture(scope="module")
def printed(out):
    command = [*COMMAND, "--out", str(out), "--steps", "60", "60", "--items", "2"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_it_ends_with_a_table_and_a_plot(printed, out):
    assert "| **mean over tasks** |" in printed
    assert (out / "losses.svg").read_text().count("<polyline") == 2


def test_the_loss_falls_in_both_stages(printed, out):
    assert printed
    for curve in read_losses(out).values():
        assert curve[-1][1] < 0.9 * curve[0][1]


def test_the_folder_loads_and_answers(printed, out):
    assert printed
    model, processor = open_checkpoint(out / "model")
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Hi?"}]}]
    text = processor.apply_chat_template(messages, add_generation_prompt=True)
    inputs = processor(text=text, images=[draw(row(), 200)], return_tensors="pt")
    assert model.generate(**inputs, max_new_tokens=4).shape[1] > inputs["input_ids"].shape[1]


def weights(folder: Path, steps, data, seed=3) -> dict[str, torch.Tensor]:
    run = TrainingRun(PRESETS["tiny"], folder, TrainingLength(steps), seed=seed)
    return dict(run.train(data)[0].named_parameters())


def test_a_seed_gives_the_same_weights(printed, out, tmp_path):
    assert printed
    one, other = (weights(tmp_path / name, (3, 3), out / "scenes") for name in ("a", "b"))
    another = weights(tmp_path / "c", (3, 3), out / "scenes", seed=4)
    assert apart(one, other) < apart(one, another) / 50


def test_a_finished_run_has_nothing_left_to_do_when_it_is_resumed(printed, out, tmp_path):
    assert printed
    first = weights(tmp_path, (3, 3), out / "scenes")
    again = weights(tmp_path, (3, 3), out / "scenes")
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert read_losses(tmp_path)["cells"][-1][0] == 3
