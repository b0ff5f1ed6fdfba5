"""The table of grounding formats in the documents is the one that the program prints."""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.sources import ROOT


def test_the_table_is_what_the_program_prints():
    command = [sys.executable, "-m", "inference_worker.grounding"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") >= 16
    assert done.stdout in (ROOT / "docs" / "grounding.md").read_text()
