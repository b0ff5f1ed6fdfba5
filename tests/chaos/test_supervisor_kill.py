"""The short version of supervisor_kill.py, and of start_up.py without the clone."""

from __future__ import annotations

import pytest

from arena.bootstrap.environment import ROOT
from tests.arena.demo.waiting import until
from tests.bench.demo_process import demo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_killed_supervisor_takes_the_whole_demo_along_and_the_next_start_serves(tmp_path):
    with demo(ROOT, tmp_path) as victim:
        victim.first_page(patience=180)
        until(lambda: len(victim.alive()) == 5)
        victim.kill()
        until(lambda: victim.alive() == [])
    with demo(ROOT, tmp_path) as following:
        following.first_page(patience=180)
        following.interrupt()
        assert following.process.returncode == 0
        assert following.alive() == []
        said = following.said()
    assert "was killed here earlier" in said
    assert "Database and catalogue" not in said, "a second start has nothing to prepare"
    assert said.splitlines()[-1] == "Stopped; nothing is left running."
