"""Whether boards find the strengths that made them: `manage.py simulate`, one board for each seed.

    python -m tests.bench.recovery --seed S [--boards 20] [--models 100] [--votes 20000]

Each board has a database of its own, migrated once and copied. The seeds of the boards follow from
the one that is given, so that none needs to be published beforehand.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, bar, conclude

LEAST, MOST = 0.94, 0.97
"""Of the true ratings, inside the 95% intervals, over all boards."""
WITHOUT_FALSE = 0.95
"""Of the boards, with a confirmed order that holds no false pair."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--boards", type=int, default=20)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--votes", type=int, default=20_000)
    options = parser.parse_args(arguments)
    seeds = np.random.SeedSequence(options.seed).generate_state(options.boards).tolist()
    with tempfile.TemporaryDirectory(prefix="arena-recovery-") as folder:
        template = migrated(Path(folder))
        found = []
        with bar("boards", len(seeds)) as progress:
            for seed in seeds:
                found.append(simulated(template, seed, options))
                progress.tick()
    title = f"{options.boards} boards, {options.models} models, {options.votes:,} votes each"
    return conclude(title, figures(found))


def migrated(folder: Path) -> Path:
    """An arena's data folder with empty tables."""
    template = folder / "template"
    template.mkdir()
    manage(template, "migrate", "--verbosity", "0")
    return template


def simulated(template: Path, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """What the command says of one board."""
    folder = template.parent / str(seed)
    shutil.copytree(template, folder)
    sizes = ("--models", str(options.models), "--votes", str(options.votes))
    said = manage(folder, "simulate", *sizes, "--seed", str(seed), "--json")
    shutil.rmtree(folder)
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def manage(folder: Path, *words: str) -> str:
    env = {
        **os.environ,
        "ARENA_DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/arena.sqlite3",
        "OMP_NUM_THREADS": "1",
    }
    argv = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout


def figures(found: list[dict[str, Any]]) -> list[Figure]:
    rated = sum(one["rated"] for one in found)
    share = sum(one["inside"] for one in found) / max(rated, 1)
    clean = sum(one["wrong"] == 0 for one in found)
    worst = min(one["inside"] / max(one["rated"], 1) for one in found)
    confirmed = sum(one["confirmed"] for one in found)
    seconds = sorted(one["seconds"] for one in found)
    return [
        Figure(
            "true ratings inside their 95% intervals",
            f"{100 * share:.1f}% of {rated}; worst board {100 * worst:.0f}%",
            f"{100 * LEAST:.0f} to {100 * MOST:.0f}%",
            LEAST <= share <= MOST,
        ),
        Figure(
            "boards whose confirmed order holds no false pair",
            f"{clean} of {len(found)}",
            f"at least {WITHOUT_FALSE:.0%}",
            clean >= WITHOUT_FALSE * len(found),
        ),
        Figure("pairs confirmed", f"{confirmed / len(found):.0f} a board"),
        Figure("typical error", f"{np.mean([one['error'] for one in found]):.1f} points"),
        Figure("seconds a board", f"median {seconds[len(seconds) // 2]:.0f}"),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
