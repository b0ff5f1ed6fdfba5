"""The command that prints accuracies, on an untrained model: what counts is what it asks."""

from __future__ import annotations

import sys

import pytest

from inference_worker.samples.conversations import TALK_TASKS
from inference_worker.samples.questions import TASKS
from inference_worker.training import evaluate

pytestmark = pytest.mark.usefixtures("needs_fonts")


@pytest.fixture
def printed(monkeypatch, capsys, untrained):
    """What the command prints when it is given these arguments."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["evaluate", "--items", "2", *arguments, str(untrained)])
        evaluate.main()
        return capsys.readouterr().out

    return run


def rows(table):
    return [line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:-1]]


def test_it_prints_a_row_a_task_and_a_column_a_folder(printed, untrained):
    table = printed()
    assert table.splitlines()[0] == f"| task | n | {untrained.name} |"
    assert rows(table) == list(TASKS)


def test_it_prints_the_same_again(printed):
    assert printed("--seed", "4") == printed("--seed", "4")


def test_unseen_pairs_are_asked_about_shapes_alone(printed):
    assert rows(printed("--unseen-pairs")) == list(TASKS[:7])


def test_pictures_can_be_the_wrong_ones(printed):
    assert rows(printed("--shuffle-images")) == list(TASKS)


def test_without_a_folder_the_shipped_ones_are_marked(monkeypatch, capsys, untrained):
    monkeypatch.setattr(evaluate, "shipped", lambda: [untrained])
    monkeypatch.setattr(sys, "argv", ["evaluate", "--items", "1"])
    evaluate.main()
    assert untrained.name in capsys.readouterr().out


def test_a_folder_is_marked_as_its_model_is(untrained):
    sheets = evaluate.exam(1, 2)
    marks = evaluate.evaluate(untrained, sheets)
    assert sum(mark.asked for mark in marks.values()) == len(TASKS)


def test_talks_have_an_exam_of_their_own(printed, untrained):
    table = printed("--talks")
    assert table.startswith(f"| task | n | {untrained.name} | {untrained.name}, other pictures |")
    assert rows(table) == list(TALK_TASKS)
