from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file

from inference_worker.samples.conversations import TALK_TASKS
from inference_worker.training.card import ExamResults, ModelIdentity, parameters, write
from inference_worker.training.checkpoints import revision
from inference_worker.training.marking import TaskMark
from inference_worker.training.talk_card import TalkResults

IDENTITY = ModelIdentity("wren", "Wren", "A small one.", "Two stages.")
RESULTS = ExamResults(
    held_out={"count": TaskMark(80, 100), "where": TaskMark(61, 100)},
    shuffled={"count": TaskMark(20, 100), "where": TaskMark(11, 100)},
    unseen_pairs={"count": TaskMark(75, 100)},
    talks=TalkResults(
        conversations={task: TaskMark(90, 100) for task in TALK_TASKS},
        other_pictures={task: TaskMark(20, 100) for task in TALK_TASKS},
    ),
)


@pytest.fixture
def folder(tmp_path):
    save_file({"a": torch.zeros(3, 4), "b": torch.zeros(5)}, tmp_path / "model.safetensors")
    write(tmp_path, IDENTITY, RESULTS)
    return tmp_path


def test_parameters_are_counted_in_the_file(folder):
    assert parameters(folder) == 17


def test_the_revision_changes_with_the_weights(folder):
    before = revision(folder)
    save_file({"a": torch.ones(3, 4), "b": torch.zeros(5)}, folder / "model.safetensors")
    assert len(before) == 64
    assert revision(folder) != before


def test_the_entry_holds_what_was_measured(folder):
    entry = json.loads((folder / "arena.json").read_text())
    assert entry["accuracy"] == {"count": 80.0, "where": 61.0}
    assert (entry["slug"], entry["name"], entry["parameters"]) == ("wren", "Wren", 17)
    assert entry["revision"] == revision(folder)


@pytest.mark.parametrize(
    "line",
    [
        "license: apache-2.0",
        "# Wren",
        "17 parameters",
        "| count | 100 | 80 (71-87) | 20 (13-29) |",
        "| count | 100 | 75 (66-82) |",
        "Mean over tasks 70.5; with the wrong picture 15.5.",
        "Two stages.",
        "It does not know photographs",
        "| second turn | 100 | 90 (83-94) | 20 (13-29) |",
    ],
)
def test_the_card_says(folder, line):
    assert line in (folder / "README.md").read_text()
