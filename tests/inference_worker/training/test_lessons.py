from __future__ import annotations

from random import Random

import pytest

from inference_worker.samples.conversations import POINTING, TALK_TASKS
from inference_worker.samples.scenes import DrawnScene
from inference_worker.training.lessons import LessonPlan
from tests.inference_worker.samples.scenery import PAPER, chart, pair, row, sign, thing

OTHER = DrawnScene("shapes", PAPER, (thing("green", "ring", 10, 10),))
SCENES = [row(), sign(), chart(), pair(), OTHER]


def planned(plan, seeds=40):
    return [plan.batch(SCENES, Random(seed), lambda _: 10) for seed in range(seeds)]


def asked(plans):
    return {one.task for plan in plans for here in plan.rows for one in here}


def test_a_plain_plan_asks_single_questions_about_one_picture_each():
    plans = planned(LessonPlan())
    assert not asked(plans) & {POINTING, *TALK_TASKS}
    assert all(plan.pictures == [0, 1, 2, 3, 4] for plan in plans)


def test_a_talking_plan_asks_everything():
    assert asked(planned(LessonPlan(room=200, drills=True, talks=True), 120)) >= {
        POINTING,
        *TALK_TASKS,
        "order",
        "count",
    }


def test_each_picture_of_a_row_is_named_in_turn():
    for plan in planned(LessonPlan(talks=True)):
        needed = [
            one.pictures[0] if not number else sum(one.pictures[1:])
            for asked_here in plan.rows
            for number, one in enumerate([asked_here[0], *asked_here])
        ]
        assert len(plan.pictures) == sum(needed)


@pytest.mark.parametrize("room", [40, 90])
def test_a_row_keeps_to_its_room(room):
    for plan in planned(LessonPlan(room=room)):
        for asked_here in plan.rows:
            assert sum(len(one.turns) for one in asked_here) <= room // 10
