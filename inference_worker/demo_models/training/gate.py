"""What stands between a trained folder and the shipped one."""

from __future__ import annotations

from inference_worker.demo_models.marking import Marks, mean


class HeldOutScoreFell(Exception):
    """The newer weights answer fewer held-out items than those they would replace."""


def check(older: Marks, newer: Marks) -> None:
    """Both marked on the same exam. Raises HeldOutScoreFell where the mean over tasks falls."""
    if mean(newer) < mean(older):
        raise HeldOutScoreFell(f"{mean(older):.1f} before, {mean(newer):.1f} now")
