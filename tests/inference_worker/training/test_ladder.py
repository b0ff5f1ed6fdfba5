"""What the shipped models promise as a whole, and that every place tells the same figures."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from arena.bootstrap.environment import ROOT
from inference_worker.samples.conversations import TALK_TASKS
from inference_worker.samples.questions import TASKS
from inference_worker.training.checkpoints import shipped

RUNGS, APART = 4, 6
FLOORS = {
    "colour of shape": 90,
    "read 1 to 3": 80,
    "read 4 to 6": 50,
    "emoji": 80,
    "relation": 85,
}
TALKER = "godwit-m"
TALK_FLOORS = {"second turn": 90, "third turn": 85, "two pictures": 55, "new picture": 60}
LEAST_OVERLAP = 0.7
PROTOTYPE = 2_730_000


@pytest.fixture(scope="module")
def entries():
    """By mean over tasks, the strongest first."""
    told = [json.loads((folder / "arena.json").read_text()) for folder in shipped()]
    return sorted(told, key=mean, reverse=True)


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs/demo-models.md").read_text()


def mean(entry):
    return sum(entry["accuracy"].values()) / len(entry["accuracy"])


def test_every_model_was_marked_on_every_task(entries):
    assert all(list(entry["accuracy"]) == list(TASKS) for entry in entries)


def test_a_ladder_of_clear_steps_leads_from_the_weakest_to_the_strongest(entries):
    rungs = [mean(entries[0])]
    for entry in entries[1:]:
        if mean(entry) <= rungs[-1] - APART:
            rungs.append(mean(entry))
    assert len(rungs) >= RUNGS
    assert all(one - other >= APART for one, other in pairwise(rungs))


@pytest.mark.parametrize(("task", "floor"), FLOORS.items())
def test_the_strongest_reaches(entries, task, floor):
    assert entries[0]["accuracy"][task] >= floor


def test_the_strongest_is_strong_over_all(entries):
    assert mean(entries[0]) >= 85


def test_the_strongest_is_never_much_worse_than_the_weakest(entries):
    strong, weak = entries[0]["accuracy"], entries[-1]["accuracy"]
    assert all(strong[task] >= weak[task] - 3 for task in TASKS)
    assert sum(strong[task] >= weak[task] + 15 for task in TASKS) >= 5


def test_one_is_well_above_the_prototypes_size(entries):
    assert max(entry["parameters"] for entry in entries) > 2 * PROTOTYPE


def test_the_page_tells_every_models_mean(entries, page):
    [line] = [line for line in page.splitlines() if line.startswith("| **mean")][:1]
    told = [float(number) for number in re.findall(r"\*\*(\d+\.\d)\*\*", line)]
    assert told[:-1] == [pytest.approx(mean(entry), abs=0.06) for entry in entries]


@pytest.mark.parametrize("task", TASKS)
def test_the_page_tells_every_models_accuracy(entries, page, task):
    line = next(line for line in page.splitlines() if line.startswith(f"| {task} |"))
    told = [int(number) for number in re.findall(r"(\d+) \(", line)]
    assert told[: len(entries)] == [round(entry["accuracy"][task]) for entry in entries]


@pytest.fixture(scope="module")
def talker(entries):
    return next(entry for entry in entries if entry["slug"] == TALKER)


@pytest.mark.parametrize("task", TALK_TASKS)
def test_the_page_tells_how_every_model_keeps_up_a_conversation(entries, page, task):
    line = next(line for line in page.splitlines() if line.startswith(f"| {task} |"))
    told = [int(number) for number in re.findall(r"(\d+) \(", line)]
    assert told[: len(entries)] == [round(entry["conversations"][task]) for entry in entries]


@pytest.mark.parametrize(("task", "floor"), TALK_FLOORS.items())
def test_one_keeps_up_a_conversation(talker, task, floor):
    assert talker["conversations"][task] >= floor


def test_it_alone_points_and_meets_its_thing(entries, talker, page):
    assert [entry["slug"] for entry in entries if entry["grounding"]] == [TALKER]
    assert all(overlap >= LEAST_OVERLAP for overlap in talker["places"].values())
    for task, overlap in talker["places"].items():
        assert f"| {task} | 500 | {overlap:.2f} |" in page


def test_it_has_not_forgotten_much(entries, talker):
    assert mean(talker) >= mean(entries[0]) - 5


def test_relations_are_known_to_the_largest_alone_as_the_limits_say(entries):
    largest = max(entry["parameters"] for entry in entries)
    for entry in entries:
        assert "Only the largest of these models know" in entry["limits"]
        assert (entry["accuracy"]["relation"] > 65) == (entry["parameters"] == largest)


def test_what_a_voter_meets_names_photographs(entries):
    assert all("photographs" in entry["limits"] for entry in entries)
