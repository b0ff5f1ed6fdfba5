"""Bring a model to this machine before a worker asks for it: files, memory, packages.

    python -m inference_worker.backends.transformers.preparing SOURCE [COMMIT]

A connection that breaks is taken up again where it broke. Files that are whole stay when the
program is ended; the one that was under way begins anew. The exit status is 0 for a model that can
be loaded, 3 where packages are missing, which the last line of its errors names, and 1, with one
sentence, for anything else.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from inference_worker.backends.base import BackendError
from inference_worker.backends.transformers import (
    TransformersBackend,
    contents,
    processors,
    sources,
)
from inference_worker.settings import read
from inference_worker.wire.hub_repositories import MISSING_PACKAGES
from inference_worker.wire.messages import ModelSpec

MISSING = ("torchvision_missing", "package_missing")
"""The causes of a processor that lacks a package, which is the last word of the reason."""


def main(argv: Sequence[str] | None = None) -> int:
    """Prepare one model; return the exit status."""
    parser = argparse.ArgumentParser(description="Bring a model to this machine.")
    parser.add_argument("source")
    parser.add_argument("revision", nargs="?", default="")
    args = parser.parse_args(argv)
    settings = read()
    spec = ModelSpec("transformers", args.source, args.revision, "", "")
    try:
        backend = TransformersBackend(settings)
        if not Path(args.source).is_absolute():
            coming = sources.bytes_to_fetch(spec)
            if coming:
                sys.stdout.write(f"To fetch: {coming / 1e6:,.0f} MB.\n")
                sys.stdout.flush()
                with tqdm(total=100, desc=spec.source, unit="%", file=sys.stdout) as bar:
                    backend.fetch(spec, lambda percent: bar.update(max(0, percent - bar.n)))
                    bar.update(100 - bar.n)
        folder = sources.folder(spec, settings)
        contents.check(folder)
        packages = missing_packages(folder)
        needs, budget = backend.memory_mb(spec), backend.memory_budget()
    except BackendError as error:
        return _refuse(error.reason)
    except (ImportError, OSError, ValueError, KeyError) as error:
        return _refuse(f"{type(error).__name__}: {error}")
    sys.stdout.write(f"Memory: {needs:,} MB of the {budget.megabytes:,} MB for models.\n")
    sys.stdout.flush()
    if budget.fit(needs) == "never":
        return _refuse(
            f"{spec.source} takes {needs} MB of memory, and all models together may take"
            f" {budget.megabytes} MB here: set ARENA_WORKER_MEMORY_MB to {needs} or more where"
            " there is as much"
        )
    if packages:
        sys.stderr.write(f"{' '.join(packages)}\n")
    return MISSING_PACKAGES if packages else 0


def missing_packages(folder: Path) -> list[str]:
    """Return the packages that the processor of a model asks for and that are not installed.

    Raises what else keeps it from being loaded.
    """
    try:
        processors.load(folder)
    except BackendError as error:
        if error.cause not in MISSING:
            raise
        return [error.reason.rpartition(" ")[2]]
    return []


def _refuse(reason: str) -> int:
    line = " ".join(reason.split())
    sys.stderr.write(f"{line[:1].upper()}{line[1:]}.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
