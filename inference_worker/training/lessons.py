"""What a training step asks: which questions and conversations stand behind which pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from inference_worker.samples.conversations import (
    POINTING,
    TALK_TASKS,
    PictureConversation,
    point,
    single,
    talk,
)
from inference_worker.samples.picture_pairs import later, together
from inference_worker.samples.questions import ask
from inference_worker.samples.scenes import DrawnScene
from inference_worker.training.drills import TASK, drill

_CHAT_SHARE: Final = 0.15
_TOGETHER_SHARE: Final = 0.16
_LATER_SHARE: Final = 0.1
# Tasks take turns until the budget is spent; one that is learned late gets several places a turn.
_AT_ONCE: Final = {"relation": 3}
_DRILLED: Final = {"relation": 3, TASK: 3, "count": 2}
_TALKING: Final = {"relation": 2, TASK: 1, "count": 2, "where": 2, POINTING: 2, TALK_TASKS[0]: 2}
_TALKS: Final = (2, 2, 3)  # turns of the conversations that a scene offers

Cost = Callable[[PictureConversation], int]


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """Rows of conversations, and the pictures that stand in them, by scene, in turn."""

    rows: list[list[PictureConversation]]
    pictures: list[int]


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """The mix of a preset: tokens behind one picture, and what is asked besides the questions."""

    room: int = 100
    drills: bool = False
    talks: bool = False

    def batch(self, scenes: Sequence[DrawnScene], rng: Random, cost: Cost) -> PlannedBatch:
        """Return as many of each scene's questions as fit."""
        dice = rng.random() if self.talks else 1.0
        rows, pictures = [], list[int]()
        if dice < _TOGETHER_SHARE:
            # Most neighbours are of one kind: only of these it can be asked which of them has a
            # thing.
            order = sorted(range(len(scenes)), key=lambda index: scenes[index].kind)
            for one, other in zip(order, order[1:] + order[:1], strict=True):
                asked = together(scenes[one], scenes[other], rng)
                rows.append(self._fitting(asked, rng, cost))
                pictures += [one, other]
            return PlannedBatch(rows, pictures)
        if dice < _TOGETHER_SHARE + _LATER_SHARE:
            for one, scene in enumerate(scenes):
                other = (one + 1) % len(scenes)
                pair = [later(scene, scenes[other], rng) for _ in range(2)]
                rows.append(self._fitting(self._pool(scene, rng), rng, cost)[:4] + pair)
                pictures += [one, other, other]
            return PlannedBatch(rows, pictures)
        rows = [self._fitting(self._pool(scene, rng), rng, cost) for scene in scenes]
        if rng.random() < _CHAT_SHARE:
            # One long conversation of questions that have nothing to do with each other.
            turns = [[turn for one in row for turn in one.turns] for row in rows]
            rows = [[PictureConversation(tuple(row))] for row in turns]
        return PlannedBatch(rows, list(range(len(scenes))))

    def _pool(self, scene: DrawnScene, rng: Random) -> list[PictureConversation]:
        asked = ask(scene, rng)
        if scene.kind != "shapes":
            asked += ask(scene, rng)
        elif self.drills:
            asked += ask(scene, rng) + drill(scene, rng)
        pool = [single(question) for question in asked]
        if self.talks:
            pool += [single(question) for question in point(scene, rng)]
            pool += filter(None, [talk(scene, rng, turns) for turns in _TALKS])
        return pool

    def _fitting(
        self, pool: list[PictureConversation], rng: Random, cost: Cost
    ) -> list[PictureConversation]:
        at_once = _TALKING if self.talks else _DRILLED if self.drills else _AT_ONCE
        seen: Counter[str] = Counter()
        turns = []
        for one in pool:
            turn = seen[one.task] // at_once.get(one.task, 1)
            turns.append((turn, rng.random(), one))
            seen[one.task] += 1
        room, chosen = self.room, []
        for _, _, one in sorted(turns, key=lambda turn: turn[:2]):
            needed = cost(one)
            if needed <= room:
                room -= needed
                chosen.append(one)
        return chosen
