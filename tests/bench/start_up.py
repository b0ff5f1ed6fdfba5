"""From a clean clone to the first page, and once more.

    python -m tests.bench.start_up [--again ROUNDS]

The first start is that of a stranger: the committed files alone, a bare Python, no environment, and
an empty pip cache. The second start finds everything there. Ctrl-C ends each of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench.demo_process import BARE_PYTHON, clone, demo
from tests.figures import Figure, bar, conclude

FIRST_SECONDS, SECOND_SECONDS, STOP_SECONDS = 240.0, 5.0, 3.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", type=int, default=5, help="how many second starts")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="arena-start-") as folder:
        return conclude("Start and stop", measure(Path(folder), options.again))


def measure(folder: Path, again: int) -> list[Figure]:
    """One first start in `folder`, then `again` second ones."""
    root = clone(folder / "clone")
    starts, stops = [], []
    with bar("starts", 1 + again) as progress:
        for _ in range(1 + again):
            with demo(
                root, folder / "data", python=BARE_PYTHON, PIP_CACHE_DIR=f"{folder}/pip"
            ) as one:
                starts.append(one.first_page(patience=900))
                stops.append(one.interrupt())
            progress.tick()
    first, *others = starts
    return [
        _figure("clean clone, cold pip cache: to the first page", [first], FIRST_SECONDS),
        _figure(f"second start: to the first page, worst of {again}", others, SECOND_SECONDS),
        _figure(f"Ctrl-C: to the end of everything, worst of {1 + again}", stops, STOP_SECONDS),
    ]


def _figure(name: str, seconds: list[float], target: float) -> Figure:
    worst = max(seconds, default=0.0)
    return Figure(name, f"{worst:.1f} s", f"within {target:.0f} s", worst <= target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
