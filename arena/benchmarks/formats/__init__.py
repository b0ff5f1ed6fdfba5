"""Result files by format: one module a format, found by its name on disk.

A module offers `TITLE`, `FILES` (the pattern of the files that a folder is searched for), `read`
and, where the format can be written from what is stored, `write`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from arena.benchmarks.results import ResultFile, UnreadableResults, mapping_of

LARGEST_FILE = 64 * 2**20
"""Bytes of a result file; the largest known one has 7 million."""


class ResultFormat(Protocol):
    """The members of a format's module."""

    TITLE: str
    FILES: str
    read: Callable[[Mapping[str, Any]], ResultFile]


@cache
def result_formats() -> dict[str, ResultFormat]:
    """Return the formats by the name of their module, with dashes for underscores."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {
        name.replace("_", "-"): cast("ResultFormat", importlib.import_module(f"{__name__}.{name}"))
        for name in found
    }


def read_results(path: Path, name: str) -> list[tuple[Path, ResultFile]]:
    """Read the file, or all matching files below the folder, in the order of their names.

    Raises UnreadableResults, naming the file, where one is not of the format, too large or
    missing; KeyError for an unknown format. Nothing is returned where one file is refused.
    """
    reader = result_formats()[name]
    files = sorted(path.rglob(reader.FILES)) if path.is_dir() else [path]
    if not files:
        raise UnreadableResults(f"{path} holds no file {reader.FILES}.")
    return [(file, reader.read(_document(file))) for file in files]


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableResults(f"{path} is larger than {LARGEST_FILE // 2**20} MB.")
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableResults(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableResults(f"{path} is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise UnreadableResults(f"{path} is not JSON: {error.msg}, line {error.lineno}.") from error
    except RecursionError as error:
        raise UnreadableResults(f"{path} is nested too deeply.") from error
    if not mapping_of(document):
        raise UnreadableResults(f"{path} holds no JSON object.")
    return cast("dict[str, Any]", document)
