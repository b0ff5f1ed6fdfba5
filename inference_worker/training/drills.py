"""Questions that are asked in training alone, because they teach what an exam's question needs.

"Is the star left of the heart?" takes two steps at once: which of them is further left, and whether
that is what was asked. Answers of "Yes." and "No." teach neither while both are missing. Asked
plainly which one it is, a model learns the first step by itself, and then soon the second.
"""

from __future__ import annotations

from itertools import permutations
from random import Random
from typing import Final

from inference_worker.samples.questions import APART, PictureQuestion, named
from inference_worker.samples.scenes import DrawnScene

TASK: Final = "order"
_PAIRS: Final = 6  # of things that one scene is drilled on


def drill(scene: DrawnScene, rng: Random) -> list[PictureQuestion]:
    """Which side of one thing another is on, for pairs that a name each points out."""
    pairs = list(permutations(named(scene, rng), 2))
    rng.shuffle(pairs)
    asked = []
    for (one, its_name), (other, other_name) in pairs[:_PAIRS]:
        (x, y), (u, v) = one.box.centre, other.box.centre
        if abs(x - u) >= APART:
            prompt = f"Is the {its_name} left or right of the {other_name}?"
            asked.append(PictureQuestion(TASK, prompt, "Left." if x < u else "Right."))
        if abs(y - v) >= APART:
            prompt = f"Is the {its_name} above or below the {other_name}?"
            asked.append(PictureQuestion(TASK, prompt, "Above." if y < v else "Below."))
    return asked
