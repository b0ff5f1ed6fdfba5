from __future__ import annotations

from xml.etree import ElementTree

import pytest
from rich.progress import Progress

from inference_worker.training.optimise import TrainingClock
from inference_worker.training.plotting import plot, read_losses
from inference_worker.training.progress import LossLog, bar

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def folder(tmp_path):
    rows = ["cells,20,9.0", "cells,40,3.0", "answers,20,5.0", "answers,40,1.0"]
    (tmp_path / "losses.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_losses_are_read_by_stage(folder):
    assert read_losses(folder) == {
        "cells": [(20, 9.0), (40, 3.0)],
        "answers": [(20, 5.0), (40, 1.0)],
    }


def test_the_plot_is_well_formed_and_has_a_panel_a_stage(folder):
    root = ElementTree.parse(plot(folder)).getroot()  # noqa: S314
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    assert {"cells", "answers"} <= {text.text for text in root.iter(f"{SVG}text")}


def test_a_lower_loss_is_drawn_lower(folder):
    root = ElementTree.parse(plot(folder)).getroot()  # noqa: S314
    first, last = next(root.iter(f"{SVG}polyline")).get("points").split()
    assert float(last.split(",")[1]) > float(first.split(",")[1])
    assert float(last.split(",")[0]) > float(first.split(",")[0])


def diary(folder, losses):
    shown = bar()
    clock, write = TrainingClock(steps=len(losses)), LossLog("cells", folder, shown)
    for loss in losses:
        clock.tick()
        write(clock, loss)
    return shown


def test_a_diary_logs_every_twentieth_step_and_the_last(tmp_path):
    diary(tmp_path, [1.0] * 45)
    assert [step for step, _ in read_losses(tmp_path)["cells"]] == [20, 40, 45]


def test_a_diary_smooths(tmp_path):
    diary(tmp_path, [1.0] * 19 + [2.0])
    assert read_losses(tmp_path)["cells"] == [(20, pytest.approx(1.02))]


def test_the_bar_ends_full(tmp_path):
    shown = diary(tmp_path, [1.0] * 20)
    assert isinstance(shown, Progress)
    assert shown.finished


def test_a_panel_says_whether_it_shows_losses_or_margins(tmp_path):
    (tmp_path / "losses.csv").write_text("loss,1,0.69\nreward margin,1,0.25\n")
    drawn = plot(tmp_path).read_text()
    assert ">loss 0.69<" in drawn
    assert ">margin 0.25<" in drawn
