"""Parts of a worker's report: its memory, the models that it holds, and what would fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from inference_worker.wire.messages import FiniteNumber, WholeNumber, WireMessage

OVERHEAD = 1.2
"""Activations, cache and the processor, over the weights alone."""

LoadPhase = Literal["downloading", "loading", "ready"]
"""The phases on a model's way into memory, in their order."""
_ORDER: tuple[LoadPhase, ...] = ("downloading", "loading", "ready")

Fit = Literal["now", "after_others_leave", "never"]
"""A model has room beside those that are loaded, or in their place, or on no account."""

Percent = Annotated[int, Meta(ge=0, le=100)]
"""A share of a hundred, whole."""


class HeldModel(WireMessage, frozen=True):
    """A model that is in a worker's memory, or on its way there."""

    backend: str
    source: str
    revision: str
    phase: LoadPhase
    since: FiniteNumber
    """Unix time at which the phase began, in seconds."""
    percent: Percent = 0
    """The progress of the download, while there is one."""
    megabytes: WholeNumber = 0
    """Its memory; 0 for a model that runs elsewhere, or whose size is not known yet."""


class MemoryBudget(WireMessage, frozen=True):
    """The memory that all models of a worker may take together."""

    megabytes: WholeNumber
    taken: WholeNumber = 0
    """Megabytes of the models that are loaded or being loaded."""
    bytes_per_number: Annotated[int, Meta(ge=1, le=8)] = 4
    """The size of a parameter that is loaded on this worker's device."""
    by_operator: bool = False
    """True if ARENA_WORKER_MEMORY_MB sets it instead of the device."""

    def needed(self, numbers: int) -> int:
        """Return the megabytes that a model with so many parameters takes here."""
        return needed_mb(numbers, bytes_per_number=self.bytes_per_number)

    def fit(self, megabytes: int) -> Fit:
        """Return whether a model that takes so much would have room."""
        if megabytes > self.megabytes:
            return "never"
        return "now" if self.taken + megabytes <= self.megabytes else "after_others_leave"

    def refusal(self, source: str, megabytes: int) -> str:
        """Return what a model needs that never fits, what there is, and which setting changes
        that."""
        said = f"{source} needs {megabytes} MB, and this worker's models may take {self.megabytes}"
        if self.by_operator:
            return f"{said} MB by ARENA_WORKER_MEMORY_MB: raise it, or leave it out"
        return (
            f"{said} MB of its device's memory: use a larger device, or set"
            " ARENA_WORKER_MEMORY_MB to what it may really take"
        )


def needed_mb(numbers: int, *, bytes_per_number: int) -> int:
    """Return the megabytes that so many parameters take once loaded, with OVERHEAD."""
    return 1 + int(numbers * bytes_per_number * OVERHEAD / 1e6)


def furthest(held: Iterable[HeldModel], *, backend: str, source: str) -> HeldModel | None:
    """Return the state of a model that is nearest to an answer; None where no worker has it."""
    found = [one for one in held if (one.backend, one.source) == (backend, source)]
    return max(found, key=lambda one: (_ORDER.index(one.phase), one.percent), default=None)
