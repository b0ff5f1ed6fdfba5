from __future__ import annotations

import pytest

from inference_worker.training.marking import TaskMark
from inference_worker.training.tables import table

STRONG = {"count": TaskMark(90, 100), "where": TaskMark(100, 100)}
WEAK = {"count": TaskMark(0, 100), "where": TaskMark(50, 100)}


@pytest.fixture
def lines():
    return table({"strong": STRONG, "weak": WEAK}).splitlines()


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_line_has_a_cell_a_column(lines):
    assert {len(cells(line)) for line in lines} == {4}


def test_tasks_stand_in_the_order_of_the_marks(lines):
    assert [cells(line)[0] for line in lines[2:4]] == ["count", "where"]


def test_a_cell_is_a_percentage_with_its_interval(lines):
    assert cells(lines[2]) == ["count", "100", "90 (83-94)", "0 (0-4)"]
    assert cells(lines[3]) == ["where", "100", "100 (96-100)", "50 (40-60)"]


def test_the_last_line_is_the_mean_over_tasks(lines):
    assert cells(lines[-1]) == ["**mean over tasks**", "", "**95.0**", "**25.0**"]


def test_numbers_are_aligned_to_the_right(lines):
    assert cells(lines[1]) == ["---", "---:", "---:", "---:"]
