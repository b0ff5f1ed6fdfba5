"""Rating methods: one file each, found by its name; the name is the key that boards store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.descriptions import MethodDescription
from arena.rating.fit import RatingFit, RatingScale

Votes = PairCounts | Comparisons

DEFAULT_METHOD = "bradley_terry"
"""The method of boards that do not choose one."""


class UnknownMethod(LookupError):
    """The error that no method has a certain name."""


class RatingMethod(Protocol):
    """The names that each file in this folder offers.

    `NEEDS_ROWS`: only `Comparisons` will do, pair counts are not enough. `VERSION`: the newest way
    in which the method computes; every earlier one stays, so that an old leaderboard can be
    computed again byte for byte (docs/methodology.md lists what each version changed).
    `DESCRIPTION`: the words about the method, its options and its findings.
    """

    NEEDS_ROWS: bool
    VERSION: int
    DESCRIPTION: MethodDescription

    def fit(
        self,
        votes: Votes,
        *,
        models: Sequence[str],
        scale: RatingScale = ...,
        seed: int = ...,
        min_votes: int = ...,
        version: int = ...,
        **parameters: Any,
    ) -> RatingFit:
        """Rate `models`; index in `models` is index in `votes`. Same input, same bytes."""
        ...


@runtime_checkable
class PoolingMethod(Protocol):
    """The names that a method offers besides if a part of the votes can lean on the others."""

    def fit_categories(
        self, parts: Mapping[str, PairCounts], *, models: Sequence[str], **parameters: Any
    ) -> dict[str, RatingFit]:
        """Return one board per part, each pooled towards all other votes."""
        ...

    def fit_pooled(
        self, part: PairCounts, overall: PairCounts, *, models: Sequence[str], **parameters: Any
    ) -> RatingFit:
        """Return the board of one part, pooled towards the rest of the overall votes."""
        ...


def available_methods() -> tuple[str, ...]:
    """Return the names of all methods, sorted."""
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(file.stem for file in files if not file.stem.startswith("_")))


def load_method(name: str) -> RatingMethod:
    """Return the method of that name. Raises UnknownMethod, which lists what exists."""
    if name not in available_methods():
        raise UnknownMethod(
            f"no rating method {name!r}; there are: {', '.join(available_methods())}"
        )
    return cast(RatingMethod, import_module(f"{__name__}.{name}"))


def pooling_of(name: str) -> PoolingMethod | None:
    """Return the method of that name if it can pool, else None. Raises UnknownMethod."""
    method = load_method(name)
    return method if isinstance(method, PoolingMethod) else None
