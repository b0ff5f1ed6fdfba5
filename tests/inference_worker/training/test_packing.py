from __future__ import annotations

from random import Random

import pytest
import torch

from inference_worker.samples.conversations import PictureConversation, single
from inference_worker.samples.drawing import draw
from inference_worker.samples.questions import PictureQuestion
from inference_worker.training.checkpoints import shipped
from inference_worker.training.forward import answer_logits, look
from inference_worker.training.lessons import LessonPlan
from inference_worker.training.marking import open_checkpoint
from inference_worker.training.packing import PREFIX, BatchPacker
from tests.inference_worker.samples.scenery import chart, row, sign

FIRST = PictureQuestion("count", "Count the bars.", "I count three.")
SECOND = PictureQuestion("bar extremes", "Which bar is the tallest?", "The blue one.")
BOTH = [single(FIRST), single(SECOND)]


@pytest.fixture(scope="module")
def opened():
    return open_checkpoint(shipped()[0])


@pytest.fixture(scope="module")
def packer(opened):
    return BatchPacker(opened[1].tokenizer)


def test_a_row_alone_is_what_the_chat_template_makes(opened, packer):
    _, processor = opened
    content = [{"type": "image"}, {"type": "text", "text": FIRST.prompt}]
    messages = [
        {"role": "user", "content": content},
        {"role": "assistant", "content": FIRST.answer},
    ]
    text = processor.apply_chat_template(messages)
    tokens = processor(text=text, images=[draw(chart(), 96)], return_tensors="pt")["input_ids"]
    assert packer.pack([[single(FIRST)]]).tokens.tolist() == tokens.tolist()


def test_a_chat_is_what_the_template_makes_of_two_turns(opened, packer):
    _, processor = opened
    content = [{"type": "image"}, {"type": "text", "text": FIRST.prompt}]
    messages = [
        {"role": "user", "content": content},
        {"role": "assistant", "content": FIRST.answer},
        {"role": "user", "content": SECOND.prompt},
        {"role": "assistant", "content": SECOND.answer},
    ]
    text = processor.apply_chat_template(messages)
    tokens = processor(text=text, images=[draw(chart(), 96)], return_tensors="pt")["input_ids"]
    packed = packer.pack([[PictureConversation((FIRST, SECOND))]])
    assert packed.tokens.tolist() == tokens.tolist()
    assert packed.positions.tolist() == [list(range(tokens.shape[1]))]


def test_only_answers_are_learned(opened, packer):
    packed = packer.pack([BOTH])
    learned = packed.labels[packed.labels != -100]
    assert opened[1].tokenizer.decode(learned) == "I count three.<|end|>The blue one.<|end|>"


def test_a_question_does_not_see_the_one_before_it(packer):
    packed = packer.pack([BOTH])
    second = int((packed.positions[0] == PREFIX).nonzero()[-1])
    assert not packed.mask[0, 0, second:, PREFIX:second].any()
    assert packed.mask[0, 0, second, :PREFIX].all()


def test_nothing_sees_what_comes_after_it(packer):
    mask = packer.pack([BOTH, BOTH[:1]]).mask
    assert not mask.triu(1).any()


def test_packed_questions_are_answered_as_if_each_stood_alone(opened, packer):
    model, processor = opened
    image = processor.image_processor([draw(chart(), 288)], return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        cells = look(model, image)
        together, _ = answer_logits(model, cells, packer.pack([BOTH]))
        apart = [answer_logits(model, cells, packer.pack([[one]]))[0] for one in BOTH]
    assert torch.allclose(together, torch.cat(apart), atol=1e-3)


def test_a_training_batch_fits_its_budget(packer):
    packed = packer.training([row(), sign(), chart()], Random(0))
    assert packed.tokens.shape[0] == 3
    assert PREFIX + 60 < packed.tokens.shape[1] <= PREFIX + 100


@pytest.fixture(scope="module")
def drilling(opened):
    return BatchPacker(opened[1].tokenizer, LessonPlan(room=170, drills=True))


def decoded(opened, packed):
    return opened[1].tokenizer.decode(packed.tokens.flatten())


def test_drills_are_asked_only_where_they_are_wanted(opened, packer, drilling):
    scenes = [row()] * 8
    assert "left or right of" in decoded(opened, drilling.training(scenes, Random(0)))
    assert "left or right of" not in decoded(opened, packer.training(scenes, Random(0)))


def test_more_room_holds_more_questions(packer, drilling):
    narrow, wide = (one.training([row()] * 4, Random(0)) for one in (packer, drilling))
    assert narrow.tokens.shape[1] <= PREFIX + 100 < wide.tokens.shape[1] <= PREFIX + 170


def test_an_exam_weighs_all_answers_alike(packer):
    packed = packer.pack([BOTH])
    assert set(packed.weights[packed.labels != -100].tolist()) == {1.0}


def test_where_relations_are_drilled_they_weigh_more(drilling):
    relation = PictureQuestion("relation", "Is the star above the ring?", "Yes.")
    packed = drilling.pack([[single(FIRST), single(relation)]])
    learned = packed.weights[packed.labels != -100].tolist()
    assert learned == [1.0] * (len(learned) - 3) + [4.0] * 3


def test_what_is_not_learned_weighs_nothing(drilling):
    packed = drilling.pack([BOTH[:1], BOTH])
    assert not packed.weights[packed.labels == -100].any()


def test_packed_rows_move_as_one(packer):
    moved = packer.pack([BOTH[:1]]).to(torch.device("meta"))
    tensors = (moved.tokens, moved.mask, moved.labels, moved.weights, moved.cells, moved.pictures)
    assert {tensor.device.type for tensor in tensors} == {"meta"}
