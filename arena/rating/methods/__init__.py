"""Rating methods: one file each, found by its name; the name is the key that boards store."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.fit import Fit, Scale

Votes = PairCounts | Comparisons


class UnknownMethod(LookupError):
    """No file of that name in the folder."""


class Method(Protocol):
    """What each file in this folder offers.

    `NEEDS_ROWS`: only `Comparisons` will do, pair counts are not enough. `VERSION`: the newest way
    in which the method computes; every earlier one stays, so that an old leaderboard can be
    computed again byte for byte (docs/methodology.md lists what each version changed).
    """

    NEEDS_ROWS: bool
    VERSION: int

    def fit(
        self,
        votes: Votes,
        *,
        models: Sequence[str],
        scale: Scale = ...,
        seed: int = ...,
        min_votes: int = ...,
        version: int = ...,
        **parameters: Any,
    ) -> Fit:
        """Rate `models`; index in `models` is index in `votes`. Same input, same bytes."""
        ...


def available() -> tuple[str, ...]:
    """Keys of all methods, sorted."""
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(file.stem for file in files if not file.stem.startswith("_")))


def load(name: str) -> Method:
    """The method of that name. Raises UnknownMethod, which lists what exists."""
    if name not in available():
        raise UnknownMethod(f"no rating method {name!r}; there are: {', '.join(available())}")
    return cast(Method, import_module(f"{__name__}.{name}"))
