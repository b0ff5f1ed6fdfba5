from __future__ import annotations

from collections import Counter

import pytest

from inference_worker.samples.conversations import TALK_TASKS
from inference_worker.training.checkpoints import shipped
from inference_worker.training.conversation_exam import (
    conversation_exam,
    mark_conversations,
    other_pictures,
)
from inference_worker.training.locations import location_ids
from inference_worker.training.marking import open_checkpoint

pytestmark = pytest.mark.usefixtures("needs_fonts")


@pytest.fixture(scope="module")
def sheets():
    return conversation_exam(3, seed=3, side=96)


@pytest.fixture(scope="module")
def strongest():
    return open_checkpoint(next(one for one in shipped() if one.name == "godwit-m"))


def test_it_has_the_number_of_items_asked_for_in_every_task(sheets):
    asked = Counter(sheet.conversation.task for sheet in sheets)
    assert asked == dict.fromkeys(TALK_TASKS, 3)


def test_the_same_seed_gives_the_same_exam(sheets):
    again = conversation_exam(3, seed=3, side=96)
    assert [sheet.conversation for sheet in again] == [sheet.conversation for sheet in sheets]


def test_each_sheet_has_the_pictures_of_its_conversation(sheets):
    for sheet in sheets:
        assert len(sheet.pictures) == sum(sheet.conversation.pictures)


def test_other_pictures_keep_the_conversations(sheets):
    moved = other_pictures(sheets)
    assert [sheet.conversation for sheet in moved] == [sheet.conversation for sheet in sheets]
    assert all(
        new.pictures[0] is not old.pictures[0] for new, old in zip(moved, sheets, strict=True)
    )


def test_marking_agrees_with_greedy_generation(strongest):
    model, processor = strongest
    sheets = conversation_exam(2, seed=5)
    marked = sum(one.right for one in mark_conversations(model, processor, sheets).values())
    said = [_answer(model, processor, sheet) for sheet in sheets]
    right = [sheet.conversation.turns[-1].answer for sheet in sheets]
    assert marked == sum(one == other for one, other in zip(said, right, strict=True))


def _answer(model, processor, sheet):
    messages = []
    for number, turn in enumerate(sheet.conversation.turns):
        fresh = sheet.conversation.pictures[number : number + 1] or (0,)
        pictures = [{"type": "image"}] * fresh[0]
        words = {"type": "text", "text": turn.prompt}
        messages.append({"role": "user", "content": [*pictures, words]})
        messages.append({"role": "assistant", "content": turn.answer})
    text = processor.apply_chat_template(messages[:-1], add_generation_prompt=True)
    inputs = processor(text=text, images=list(sheet.pictures), return_tensors="pt")
    tokens = model.generate(**inputs)[0, inputs["input_ids"].shape[1] :]
    # The words alone, as the arena shows them.
    return processor.tokenizer.decode(
        [token for token in tokens.tolist() if token not in location_ids(processor.tokenizer)],
        skip_special_tokens=True,
    )
