from __future__ import annotations

import pytest
import torch

from inference_worker.training.checkpoints import shipped
from inference_worker.training.exam import exam
from inference_worker.training.gate import HeldOutScoreFell, check
from inference_worker.training.marking import TaskMark, _by_answer, mark, mean, open_checkpoint
from inference_worker.training.tables import table

END = 2


def test_an_interval_holds_its_percentage_and_stays_within_0_and_100():
    for right in (0, 1, 50, 99, 100):
        low, high = TaskMark(right, 100).interval
        assert 0 <= low <= right <= high <= 100


def test_the_interval_is_wilsons():
    low, high = TaskMark(50, 100).interval
    assert (round(low, 2), round(high, 2)) == (40.38, 59.62)


def test_the_mean_weighs_tasks_equally():
    assert mean({"count": TaskMark(1, 2), "where": TaskMark(100, 100)}) == 75


def test_an_answer_is_right_only_when_all_of_it_is():
    targets = torch.tensor([7, 8, END, 7, END, 9, END])
    right = torch.tensor([True, True, True, False, True, True, False])
    assert _by_answer(right, targets, END) == [True, False, False]


@pytest.mark.parametrize(("before", "after"), [(50, 50), (50, 51)])
def test_the_gate_lets_through_what_is_no_worse(before, after):
    check({"count": TaskMark(before, 100)}, {"count": TaskMark(after, 100)})


def test_the_gate_stops_what_is_worse():
    with pytest.raises(HeldOutScoreFell, match=r"50\.0 before, 49\.0 now"):
        check({"count": TaskMark(50, 100)}, {"count": TaskMark(49, 100)})


def test_a_table_has_a_row_a_task_and_a_column_a_model():
    marks = {"count": TaskMark(40, 100)}
    lines = table({"one": marks, "two": marks}).splitlines()
    assert lines[0] == "| task | n | one | two |"
    assert lines[2] == "| count | 100 | 40 (31-50) | 40 (31-50) |"
    assert lines[3] == "| **mean over tasks** |  | **40.0** | **40.0** |"


def test_a_fall_within_chance_passes_where_it_is_allowed_to():
    older = {"count": TaskMark(180, 200), "where": TaskMark(180, 200)}
    near = {"count": TaskMark(176, 200), "where": TaskMark(180, 200)}
    far = {"count": TaskMark(160, 200), "where": TaskMark(180, 200)}
    check(older, near, within_chance=True)
    with pytest.raises(HeldOutScoreFell):
        check(older, near)
    with pytest.raises(HeldOutScoreFell):
        check(older, far, within_chance=True)


@pytest.mark.usefixtures("needs_fonts")
def test_marking_agrees_with_greedy_generation():
    model, processor = open_checkpoint(shipped()[0])
    sheets = exam(2, seed=5)
    marked = sum(one.right for one in mark(model, processor, sheets).values())
    generated = 0
    for sheet in sheets:
        for question in sheet.questions:
            generated += said(model, processor, sheet.picture, question.prompt) == question.answer
    assert marked == generated


def said(model, processor, picture, prompt):
    content = [{"type": "image"}, {"type": "text", "text": prompt}]
    messages = [{"role": "user", "content": content}]
    text = processor.apply_chat_template(messages, add_generation_prompt=True)
    inputs = processor(text=text, images=[picture], return_tensors="pt")
    tokens = model.generate(**inputs)[0, inputs["input_ids"].shape[1] :]
    return processor.tokenizer.decode(tokens, skip_special_tokens=True)
