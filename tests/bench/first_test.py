"""The processor time until pytest starts the first test of the pure packages.

    python -m tests.bench.first_test [--rounds 5]

Beside it stand the time of `import numpy, scipy, pytest`, and that of everything that these tests
import from other packages: scipy loads its parts when they are first used.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from arena.bootstrap.environment import ROOT
from tests.figures import Figure, bar, conclude

_PROBE = """
import os, resource
def pytest_runtest_setup(item):
    used = resource.getrusage(resource.RUSAGE_SELF)
    os.write(2, f"{used.ru_utime + used.ru_stime}".encode())
    os._exit(0)
"""
_IMPORT = """
import os, resource, {names}
used = resource.getrusage(resource.RUSAGE_SELF)
os.write(2, f"{{used.ru_utime + used.ru_stime}}".encode())
"""
_LEAST = "numpy, scipy, pytest"
_PARTS = "scipy.linalg, scipy.optimize, scipy.sparse.csgraph, scipy.special"
_ALL = f"{_LEAST}, {_PARTS}, hypothesis.extra.numpy, hypothesis, pyarrow, rich.progress"
_MOST = 1.5


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(argv).rounds
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "first_test_probe.py").write_text(_PROBE)
        pytest = ("-m", "pytest", "-p", "first_test_probe", "-q", "-s")
        commands = {
            "least": ("-c", _IMPORT.format(names=_LEAST)),
            "all": ("-c", _IMPORT.format(names=_ALL)),
            "module": (*pytest, "tests/arena/rating/test_level.py"),
            "folder": (*pytest, "tests/arena/rating"),
        }
        found: dict[str, list[float]] = {name: [] for name in commands}
        with bar("processes", (1 + rounds) * len(commands)) as progress:
            for number in range(1 + rounds):
                for name, command in commands.items():
                    seconds = _seconds(command, folder)
                    if number:  # the first round writes bytecode
                        found[name].append(seconds)
                    progress.tick()
    least, whole, module, folder_of = (min(found[name]) for name in commands)
    return conclude(
        "Processor time until the first test",
        [
            Figure(f"import {_LEAST}", f"{least:.2f} s"),
            Figure("import all that the tests import", f"{whole:.2f} s"),
            Figure(
                "one module of tests/arena/rating", f"{module:.2f} s, {module / least:.2f} times"
            ),
            Figure(
                "tests/arena/rating",
                f"{folder_of:.2f} s, {folder_of / least:.2f} times, "
                f"{folder_of / whole:.2f} times all imports",
                f"at most {_MOST} times",
                folder_of <= _MOST * least,
            ),
        ],
    )


def _seconds(command: Sequence[str], folder: str) -> float:
    """Return the processor time that a process reports on stderr, in seconds."""
    env = {**os.environ, "PYTHONPATH": folder}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    argv = [sys.executable, *command]
    done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, check=True)
    return float(done.stderr)


if __name__ == "__main__":
    sys.exit(main())
