"""kill -9 of the demo's supervisor at random moments: what is left after five seconds?

    python -m tests.chaos.supervisor_kill [--rounds N] [--seed N]

Each round starts the demo on an empty data folder or on the last one, kills it at a moment drawn
from its first seconds (store, migration, catalogue, site, workers), waits, and counts the processes
that still work in its folder. The next start must serve.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from arena.bootstrap.environment import ROOT
from tests.bench.demo_process import demo
from tests.figures import Figure, Ticks, bar, conclude

PATIENCE_SECONDS = 5.0
LATEST_SECONDS = 12.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="arena-kill-") as name:
        with bar("kills", options.rounds) as progress:
            left = kill_all(Path(name), random.Random(options.seed), options.rounds, progress)
        with demo(ROOT, Path(name)) as last:
            served = last.first_page(patience=60)
    return conclude(f"kill -9 of the supervisor, {options.rounds} times", _figures(left, served))


def kill_all(data: Path, chance: random.Random, rounds: int, progress: Ticks) -> list[int]:
    """By round, how many processes were there before, and how many five seconds after."""
    left = []
    for number in range(rounds):
        if number % 2 == 0:
            shutil.rmtree(data)
        left.append(survivors(data, chance.uniform(0.2, LATEST_SECONDS)))
        progress.tick()
    return left


def survivors(data: Path, moment: float) -> int:
    """Kill a demo `moment` seconds after its start and count what is left."""
    with demo(ROOT, data) as victim:
        time.sleep(moment)
        victim.kill()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while victim.alive() and time.monotonic() < deadline:
            time.sleep(0.1)
        return len(victim.alive())


def _figures(left: list[int], served: float) -> list[Figure]:
    return [
        Figure("processes left after 5 s, all rounds", str(sum(left)), "0", not any(left)),
        Figure("the start after the last kill serves", f"{served:.1f} s"),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
