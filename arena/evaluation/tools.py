"""The evaluation tools that `manage.py evaluate` runs, each in an environment of its own."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

_LOCK = ".run.lock"
PIECE = 100
"""The number of items of each task after which lmms-eval keeps its answers."""


class RunUnderWay(Exception):
    """The refusal of a folder in which a tool is at work."""


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """A run of a tool over some tasks on one model, and the folder of its results."""

    model: str
    tasks: Sequence[str]
    address: str
    """The address of the endpoint, with /v1 at its end."""
    token: str
    folder: Path
    at_once: int
    seconds: int
    """The time that the tool gives one request."""
    limit: int | None = None
    definitions: Path | None = None
    """A folder with tasks in the tool's own form."""
    output: Path | None = None
    """Another folder for the results than that of the run."""


class EvaluationTool(Protocol):
    """A tool: how it is installed, called, and read."""

    name: str
    packages: tuple[str, ...]
    result_format: str

    def calls(self, run: EvaluationRun) -> Iterator[EvaluationRun]:
        """Yield what the tool is called with, one after the other; the last call is the run."""

    def arguments(self, run: EvaluationRun) -> list[str]:
        """Return what follows the interpreter on the command line, which other users of the machine
        can read: never the token."""

    def variables(self, run: EvaluationRun) -> dict[str, str]:
        """Return the environment variables that the tool needs beside the usual ones."""


class LmmsEval:
    """lmms-eval: tasks by name, or of a folder; what its cache holds is not asked again.

    It fills its cache when it ends, so a run that is interrupted would have nothing. Therefore it
    is called for the first items, then for more, and at last for all, which are then in the cache.
    """

    name = "lmms-eval"
    packages: tuple[str, ...] = ("lmms-eval==0.7.3", "filelock<4")
    result_format = "lmms-eval"

    def calls(self, run: EvaluationRun) -> Iterator[EvaluationRun]:
        pieces, reached = run.folder / "pieces", run.folder / "reached"
        limit = int(reached.read_text()) if reached.exists() else 0
        while run.limit is None or limit + PIECE < run.limit:
            limit += PIECE
            pieces.mkdir(exist_ok=True)
            yield replace(run, limit=limit, output=pieces)
            reached.write_text(str(limit))
            documents = [json.loads(file.read_text()) for file in pieces.rglob("*_results.json")]
            tasks = [task for one in documents for task in one.get("n-samples", {}).values()]
            items = max((task["original"] for task in tasks), default=0)
            if items <= limit:
                break
        shutil.rmtree(pieces, ignore_errors=True)
        yield run

    def arguments(self, run: EvaluationRun) -> list[str]:
        pairs = {
            "model": run.model,
            "base_url": run.address,
            "timeout": run.seconds,
            "num_concurrent": run.at_once,
        }
        options = {
            "--model": "openai",
            "--model_args": ",".join(f"{name}={value}" for name, value in pairs.items()),
            "--tasks": ",".join(run.tasks),
            "--output_path": str(run.output or run.folder),
            "--use_cache": str(run.folder / "cache"),
            "--batch_size": "1",
            **({"--include_path": str(run.definitions)} if run.definitions else {}),
            **({"--limit": str(run.limit)} if run.limit else {}),
        }
        return ["-m", "lmms_eval", "--log_samples", *(x for pair in options.items() for x in pair)]

    def variables(self, run: EvaluationRun) -> dict[str, str]:
        return {"OPENAI_API_KEY": run.token}


class VlmEvalKit:
    """VLMEvalKit, as ModelScope packages it: data sets by name; a run begun before goes on."""

    name = "vlmevalkit"
    packages: tuple[str, ...] = ("ms-vlmeval==0.0.20",)
    result_format = "vlmevalkit"

    def calls(self, run: EvaluationRun) -> Iterator[EvaluationRun]:
        yield run

    def arguments(self, run: EvaluationRun) -> list[str]:
        options = {
            "--model": run.model,
            "--base-url": run.address,
            "--judge": "exact_matching",
            "--work-dir": str(run.folder),
            "--api-nproc": str(run.at_once),
            "--timeout": str(run.seconds),
            "--temperature": "0",
            **({"--limit": str(run.limit)} if run.limit else {}),
        }
        flat = [x for pair in options.items() for x in pair]
        return ["-m", "vlmeval.run", "--data", *run.tasks, "--reuse", *flat]

    def variables(self, run: EvaluationRun) -> dict[str, str]:
        # The class behind --base-url prefers this variable to --key, which other users could read.
        data = {"LMUData": str(run.definitions)} if run.definitions else {}
        return {"LMDEPLOY_API_KEY": run.token, **data}


_KNOWN: tuple[EvaluationTool, ...] = (LmmsEval(), VlmEvalKit())
TOOLS = {tool.name: tool for tool in _KNOWN}
"""The tools by the name that the command takes."""


def interpreter(environment: Path) -> Path:
    """Return the Python of a virtual environment, be it there or not."""
    return environment / "bin" / "python"


@contextmanager
def alone_in(folder: Path) -> Iterator[int]:
    """Hold the folder of a run; raises RunUnderWay where a tool works in it.

    The tool inherits the descriptor that is yielded and holds the folder with it, so that a command
    that was killed leaves no second tool beside the one that it had started.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunUnderWay(str(folder)) from error
        yield descriptor
    finally:
        os.close(descriptor)


def instructions(tool: EvaluationTool, environment: Path) -> str:
    """Return the commands that make the environment of a tool."""
    return (
        f"There is no {tool.name} in {environment}. Make it, apart from the arena's own packages:\n"
        f"    python3 -m venv {environment}\n"
        f"    {environment}/bin/pip install {' '.join(repr(one) for one in tool.packages)}"
    )
