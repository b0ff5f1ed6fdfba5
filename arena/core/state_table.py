"""State as a table instead of ifs: which state may follow which."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Protocol, TypeVar

from arena.core.errors import Conflict

S = TypeVar("S", bound=str)


class StatefulRow(Protocol):
    """A row with a state column."""

    state: str


def transition(row: StatefulRow, to: S, *, allowed: Mapping[S, Set[S]]) -> None:
    """Set ``row.state``; the caller holds the lock and saves. Raises Conflict if not allowed."""
    if to not in {
        target for state, targets in allowed.items() if state == row.state for target in targets
    }:
        raise Conflict from ValueError(f"{row.state} can't become {to}")
    row.state = to
