"""Code blocks of documents: how they are read, and how those of a page are run in a copy.

The word after the backticks is the block's language; attributes follow it, as in a shell:

    sh                        its lines are run by bash, in the root of a copy of the repository
    sh until="words" add="…"  the last command gets `add`, is interrupted once it prints the words
    python                    a program that is run there
    ANY file=PATH             becomes that file of the copy
    ANY file=PATH after="…"   is inserted after the one line of that file that contains the text;
                              before="…" inserts before that line
    output                    what the block before it printed; `...` stands for any text
    ANY by=PATH::TEST         is executed by that test, and not here
    json, yaml, toml          is parsed
    text                      a drawing or a form of words, which nothing executes

A page's blocks run in their order in one copy, with a data folder of its own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from tests.architecture.sources import ROOT, tracked

LINKED = {".safetensors", ".png", ".parquet"}
"""Large files that no page changes: the copy has links to them."""
PARSERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "yaml": yaml.safe_load,
    "toml": tomllib.loads,
}
LANGUAGES = {"sh", "python", "output", "text", *PARSERS}
"""Languages that a block may have by itself; any other needs `file` or `by`."""
ATTRIBUTES = {"file", "after", "before", "by", "until", "add"}
_REFUSED = {
    "text": (r"^\s*(\$ |python|\.venv/|git )", "commands are sh, not text"),
    "sh": (
        r"^\s*python3? -m (arena|inference_worker|pytest|tests)\b",
        "only manage.py finds the environment by itself: .venv/bin/python -m",
    ),
}
"""What a line of a block must not begin with, by language, and why."""
_SECONDS = 300.0
_ALONE = {"ARENA_WORKER_SPARE": "0"}
"""A program without end brings its own servers, of which none is kept in reserve."""
_HEARING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Starts a program that hears Ctrl-C, also where the tests run in the background and don't."""
_PREPARED = "ARENA_TEST_PREPARED"
"""Where tests of a page find a database with all tables, as those of the run do."""
_PORT = "PORT"
"""Stands in `add` for a port that is free."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document, with what its first line says about it."""

    document: Path
    line: int
    language: str
    text: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"

    @property
    def runs(self) -> bool:
        """Return whether the block changes the copy or prints something in it."""
        executed = self.language in {"sh", "python"} or "file" in self.attributes
        return executed and "by" not in self.attributes


def blocks_of(document: Path) -> list[Block]:
    """Return the fenced blocks of a document in their order; raises ValueError for a bad one."""
    found = []
    for token in MarkdownIt("commonmark").parse(document.read_text()):
        if token.type == "fence":
            line = (token.map or [0])[0] + 1
            language, *words = shlex.split(token.info) or [""]
            pairs = dict(word.partition("=")[::2] for word in words)
            found.append(Block(document, line, language, token.content, pairs))
        elif token.type == "code_block":
            line = (token.map or [0])[0] + 1
            raise ValueError(f"{document.name}:{line}: indented code says no language")
    return found


def fault_of(block: Block) -> str:
    """Return what is wrong with a block as a sentence, or nothing; runs nothing of it."""
    attributes = block.attributes
    if unknown := set(attributes) - ATTRIBUTES:
        return f"{block}: nobody knows the attribute {', '.join(sorted(unknown))}"
    if test := attributes.get("by"):
        path, _, name = test.partition("::")
        there = (ROOT / path).is_file() and f"def {name}(" in (ROOT / path).read_text()
        return "" if there else f"{block}: there is no test {test}"
    if block.language not in LANGUAGES and "file" not in attributes:
        return f"{block}: a block is {', '.join(sorted(LANGUAGES))}, or has file= or by="
    pattern, reason = _REFUSED.get(block.language, (r"(?!)", ""))
    if re.search(pattern, block.text, re.M):
        return f"{block}: {reason}"
    if block.language == "sh":
        done = subprocess.run(["bash", "-n"], input=block.text, text=True, capture_output=True)
        return f"{block}: {done.stderr}" if done.returncode else ""
    if parse := PARSERS.get(block.language):
        try:
            parse(block.text)
        except ValueError as error:
            return f"{block}: {error}"
    return ""


class PageRun:
    """A copy of the repository in which the blocks of one page run, each after the other."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Copy what is tracked into `folder`, with commands of the installed environment."""
        self.root = folder / "vision-arena"
        self._printed = ""
        data = folder / "data"
        data.mkdir()
        (data / "static").mkdir()
        copy_tree(self.root)
        binaries = self._install(self.root / ".venv" / "bin")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ARENA_", "DATABASE_", "DJANGO_", "PYTEST_"))
            or name == _PREPARED
        }
        self.environment = {
            **kept,
            **environment,
            "ARENA_DATA_DIR": str(data),
            "PATH": f"{binaries}:{os.environ['PATH']}",
        }

    def run(self, block: Block) -> None:
        """Carry out one block; AssertionError with what it printed where it fails."""
        if block.language == "output":
            pattern = ".*".join(map(re.escape, block.text.strip().split("...")))
            found = re.fullmatch(pattern, self._printed.strip(), re.S)
            assert found, f"{block}: printed was\n{self._printed}"
        elif "file" in block.attributes:
            self._write(block)
        elif "until" in block.attributes:
            self._interrupt(block)
        elif block.language == "sh":
            self._execute(block, ["bash", "-euo", "pipefail", "-c", block.text])
        elif block.language == "python":
            self._execute(block, ["python", "-c", block.text])

    @staticmethod
    def _install(binaries: Path) -> Path:
        """Give the copy commands of the environment that runs the tests, as a link would not."""
        binaries.mkdir(parents=True)
        for program in (Path(sys.prefix) / "bin").iterdir():
            if program.name.startswith("python"):
                own = binaries / program.name
                own.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
                own.chmod(0o755)
            else:
                (binaries / program.name).symlink_to(program)
        return binaries

    def _write(self, block: Block) -> None:
        path = self.root / block.attributes["file"]
        assert path.resolve().is_relative_to(self.root.resolve()), f"{block}: outside of the copy"
        anchor = block.attributes.get("after") or block.attributes.get("before")
        if anchor is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
            return
        lines = path.read_text().splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if anchor in line]
        assert len(places) == 1, f"{block}: {len(places)} lines of {path.name} contain {anchor!r}"
        lines.insert(places[0] + ("after" in block.attributes), block.text)
        path.write_text("".join(lines))

    def _execute(self, block: Block, argv: list[str]) -> None:
        done = subprocess.run(
            argv,
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        self._printed = done.stdout
        assert done.returncode == 0, f"{block}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"

    def _interrupt(self, block: Block) -> None:
        """Run what would go on for ever; press Ctrl-C once it has said the words."""
        environment = {**self.environment, **_ALONE}
        environment.pop("REDIS_URL", None)
        words, more = block.attributes["until"], block.attributes.get("add", "")
        if _PORT in more:
            with socket.create_server(("127.0.0.1", 0)) as free:
                more = more.replace(_PORT, str(free.getsockname()[1]))
        program = subprocess.Popen(
            [sys.executable, "-c", _HEARING, "bash", "-euc", f"exec {block.text.strip()} {more}"],
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = []
        try:
            for line in program.stdout or ():
                printed.append(line)
                if words in line:
                    program.send_signal(signal.SIGINT)
                    break
            rest, _ = program.communicate(timeout=_SECONDS)
        finally:
            program.kill()
        said = "".join([*printed, rest])
        assert words in said, f"{block}: never said {words!r} but\n{said[-4000:]}"
        assert program.returncode == 0, f"{block}: ended with {program.returncode}\n{said[-4000:]}"


def copy_tree(to: Path) -> None:
    """Copy what git tracks or would track; large data is linked, since no page writes to it.

    With the time at which a file was written, what Python compiled of it is valid in the copy.
    """
    for path in tracked():
        target = to / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in LINKED:
            target.symlink_to(path)
        else:
            shutil.copy2(path, target)
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            kept = target.parent / "__pycache__"
            kept.mkdir(exist_ok=True)
            shutil.copy(compiled, kept)
