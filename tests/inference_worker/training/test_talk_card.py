from __future__ import annotations

import json

import pytest

from inference_worker.training.marking import TaskMark
from inference_worker.training.place_exam import PlaceMarks
from inference_worker.training.talk_card import TalkResults, renew

LIMITS = "Sees drawn pictures only."
CARD = f"# Wren\n\n{LIMITS}\n\n## Training\n\nTwo stages.\n"
RIGHT = {"second turn": 94, "third turn": 90, "which picture": 80, "two pictures": 70}
TALKS = TalkResults(
    {task: TaskMark(right, 100) for task, right in RIGHT.items()},
    {task: TaskMark(20, 100) for task in RIGHT},
    {"where": PlaceMarks((0.8, 0.7, 0.3))},
)
SILENT = TalkResults({task: TaskMark(30, 100) for task in RIGHT}, TALKS.other_pictures)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "README.md").write_text(CARD)
    (tmp_path / "arena.json").write_text(json.dumps({"slug": "wren", "limits": LIMITS}))
    return tmp_path


def entry(folder):
    return json.loads((folder / "arena.json").read_text())


def test_the_entry_declares_the_format_and_what_was_measured(folder):
    renew(folder, TALKS)
    assert entry(folder)["grounding"] == "florence2"
    assert entry(folder)["places"] == {"where": 0.7}
    assert entry(folder)["conversations"]["second turn"] == 94.0


def test_a_model_that_does_not_point_declares_no_format(folder):
    renew(folder, SILENT)
    assert (entry(folder)["grounding"], entry(folder)["places"]) == ("", {})
    assert "does not point" in entry(folder)["limits"]
    assert "not trained to keep up a conversation" in entry(folder)["limits"]


@pytest.mark.parametrize(
    "line",
    [
        "| second turn | 100 | 94 (88-97) | 20 (13-29) |",
        "| where | 3 | 0.70 | 67 % |",
        "94 % of second questions",
        "Two stages.",
    ],
)
def test_the_card_says(folder, line):
    renew(folder, TALKS)
    assert line in (folder / "README.md").read_text()


def test_renewing_replaces_what_was_said_before(folder):
    renew(folder, SILENT)
    renew(folder, TALKS)
    once = (folder / "README.md").read_text(), entry(folder)
    renew(folder, TALKS)
    assert ((folder / "README.md").read_text(), entry(folder)) == once
    assert once[0].count("## Conversations and places") == 1
    assert "does not point" not in once[0]
