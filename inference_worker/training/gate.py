"""The check between a trained folder and the shipped one."""

from __future__ import annotations

import math
from typing import Final

from inference_worker.training.marking import Marks, mean

_Z: Final = 1.959964  # two-sided 95 %


class HeldOutScoreFell(Exception):
    """The newer weights answer fewer held-out items than those they would replace."""


def check(older: Marks, newer: Marks, *, within_chance: bool = False) -> None:
    """Mark both on the same exam. Raises HeldOutScoreFell if the mean over tasks falls.

    For weights that have learned more than the exam asks, a fall within the 95 % interval of the
    older mean may pass.
    """
    slack = chance(older) if within_chance else 0.0
    if mean(newer) < mean(older) - slack:
        raise HeldOutScoreFell(f"{mean(older):.1f} before, {mean(newer):.1f} now")


def chance(marks: Marks) -> float:
    """Return half of the 95 % interval of the mean over tasks, in percent."""
    shares = [(mark.right / mark.asked, mark.asked) for mark in marks.values()]
    variance = sum(share * (1 - share) / asked for share, asked in shares)
    return 100 * _Z * math.sqrt(variance) / len(shares)
