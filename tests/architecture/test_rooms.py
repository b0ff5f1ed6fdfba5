"""The folders by which a run of tests is narrowed are there, and narrow it as they should."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests import rooms
from tests.architecture.sources import ROOT

LISTS = (
    *("WITHOUT_DATABASE", "WITH_BROWSERS", "WITH_STACKS", "WITH_DOCUMENTS", "WITH_PROGRAMS"),
    "WITH_ONE_STACK",
    *("QUICK", "NOT_QUICK"),
)
COLLECT = """
import sys, pytest
status = pytest.main(["--collect-only", "-q", "-m", "quick"])
heavy = sorted({"torch", "transformers", "playwright"} & set(sys.modules))
print(*heavy)
sys.exit(int(status))
"""


@pytest.mark.parametrize("name", LISTS)
def test_every_room_is_in_the_tree(name):
    assert [room for room in getattr(rooms, name) if not (rooms.ROOT / room).exists()] == []


def test_a_folder_above_a_room_is_read_and_its_other_rooms_are_not():
    assert rooms.leads_to(rooms.ROOT / "arena", rooms.QUICK)
    assert rooms.leads_to(rooms.ROOT / "arena/rating/methods/test_contract.py", rooms.QUICK)
    assert not rooms.leads_to(rooms.ROOT / "arena/bootstrap", rooms.QUICK)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_quick_tests_are_found_without_a_model_library():
    argv = [sys.executable, "-c", COLLECT]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    *tests, heavy = done.stdout.splitlines()
    assert heavy == ""
    assert any(line.startswith("tests/arena/rating/") for line in tests)
    assert not any(line.startswith("tests/e2e/") for line in tests)
