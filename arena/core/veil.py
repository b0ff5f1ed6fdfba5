"""What may be shown of two answers that come in step, so that pace and order name no model.

Whoever knows that one model is quick and another slow, or that one tends to fail, could tell them
apart by watching. So all that is shown follows from both answers together, in a way that is the
same whichever of them is which:

- While one still runs, both look alike: `waiting` until both have begun, then `streaming`, with so
  many characters of each as both have. One that has ended, failed or been stopped first thus looks
  as if it were running, and one that has said all it has to say holds the other back: were the
  longer one shown on, a reader would see which one ended first.
- Once both are over, both are shown whole, with their own ends and failures.
- If one was stopped before its end, both look stopped where the shown text was: else a stop would
  show which one had ended by then, to a voter who may still let both start again and vote.

Nobody waits for ever: each answer comes to an end, and with the second one everything is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

STEP = 16
"""Characters are let out in steps of so many. Were they let out one by one, the slower answer would
always end where its last token did, at the end of a word, and the other one anywhere."""

_RUNNING = {"waiting", "streaming"}


class Seen(NamedTuple):
    """One answer: its pane's state, its text and, when it failed, the code."""

    state: str
    text: str
    code: str


def in_step(answers: Sequence[Seen]) -> list[Seen]:
    """What may be shown of these answers, in their order."""
    states = {answer.state for answer in answers}
    if not states & {*_RUNNING, "stopped"}:
        return list(answers)
    state = "streaming" if states & _RUNNING else "stopped"
    if "waiting" in states:
        state = "waiting"
    common = min(len(answer.text) for answer in answers) // STEP * STEP
    return [Seen(state, answer.text[:common], "") for answer in answers]
