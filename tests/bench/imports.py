"""The processor time that a process needs to import torch and transformers: bytecode kept or not.

    python -m tests.bench.imports [--rounds 3]

The first process has `PYTHONDONTWRITEBYTECODE` set, as most containers have, and finds nothing; the
second is started as everything under `manage.py` is.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, bar, conclude

_REFUSED = "PYTHONDONTWRITEBYTECODE"
_IMPORT = """
import resource, torch, transformers
from inference_worker.backends import transformers
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args(argv).rounds
    without, kept = [], []
    kept_env = {name: value for name, value in os.environ.items() if name != _REFUSED}
    with bar("imports", 1 + 2 * rounds) as progress, tempfile.TemporaryDirectory() as empty:
        _seconds(kept_env)
        progress.tick()
        for _ in range(rounds):
            without.append(_seconds({**os.environ, _REFUSED: "1", "PYTHONPYCACHEPREFIX": empty}))
            progress.tick()
            kept.append(_seconds(kept_env))
            progress.tick()
    worst, before = max(kept), min(without)
    return conclude(
        "Import of torch and transformers",
        [
            Figure("a process that compiles anew", f"{before:.1f} s of a core"),
            Figure("a process that finds it kept", f"{worst:.1f} s", "half", worst < before / 2),
        ],
    )


def _seconds(env: dict[str, str]) -> float:
    """Return the processor time of one process, in seconds."""
    argv = [sys.executable, "-c", _IMPORT]
    done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
