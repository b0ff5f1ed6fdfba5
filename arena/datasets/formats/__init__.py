"""Tables of an export: one module a table, found by its name on disk.

A module offers `SUMMARY`, `SOURCE`, `SPLITS`, `schema` and `tables`. The name of the module is the
name of the configuration under which the Hub's library loads it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, Protocol, cast

import pyarrow as pa

Source = Literal["ledger", "battles"]
"""The two readings of an export: every entry without content, and battles with content whose voter
agreed to their publication."""


class ExportFormat(Protocol):
    """The members of a format's module.

    `tables` gets a page of `PublicEntry` or of `PublicBattle`, by `SOURCE`, and returns the rows of
    each split; a split without rows may be left out. `SUMMARY` is a sentence for the data card.
    """

    SUMMARY: str
    SOURCE: Source
    SPLITS: tuple[str, ...]
    schema: Callable[[], pa.Schema]
    tables: Callable[[Sequence[Any]], Mapping[str, pa.Table]]


@cache
def export_formats() -> dict[str, ExportFormat]:
    """Return the formats by the name of their module."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {
        name: cast("ExportFormat", importlib.import_module(f"{__name__}.{name}")) for name in found
    }
