from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from inference_worker.samples.conversations import single
from inference_worker.samples.questions import PictureQuestion
from inference_worker.training.forward import answer_logits, answer_loss, look
from inference_worker.training.packing import BatchPacker

ASKED = [
    [single(PictureQuestion("count", "Count the bars.", "I count three."))],
    [single(PictureQuestion("relation", "Is the star above the ring?", "Yes."))],
]


@pytest.fixture(scope="module")
def packed(tokenizer):
    return BatchPacker(tokenizer).pack(ASKED)


@pytest.fixture(scope="module")
def pixels():
    return torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_a_picture_becomes_36_cells(tiny, pixels):
    assert look(tiny, pixels).shape == (2, 36, tiny.config.text_config.hidden_size)


def test_logits_are_those_of_the_plain_forward_pass(tiny, packed, pixels):
    logits, targets = answer_logits(tiny, look(tiny, pixels), packed)
    plain = tiny(
        input_ids=packed.tokens[:1], pixel_values=pixels[:1], attention_mask=packed.tokens[:1] != 0
    ).logits[0, :-1][packed.labels[0, 1:] != -100]
    assert torch.allclose(logits[: len(plain)], plain, atol=1e-4)
    assert targets[: len(plain)].tolist() == packed.labels[0][packed.labels[0] != -100].tolist()


def test_equal_weights_give_the_plain_mean(tiny, packed, pixels):
    logits, targets = answer_logits(tiny, look(tiny, pixels), packed)
    mean = functional.cross_entropy(logits, targets)
    assert answer_loss(tiny, look(tiny, pixels), packed).item() == pytest.approx(
        mean.item(), rel=1e-5
    )


def test_weights_of_nothing_take_an_answer_out_of_the_loss(tiny, packed, pixels):
    weights = packed.weights.clone()
    weights[1] = 0
    logits, targets = answer_logits(tiny, look(tiny, pixels), packed)
    first = int((packed.labels[0] != -100).sum())
    mean = functional.cross_entropy(logits[:first], targets[:first])
    loss = answer_loss(tiny, look(tiny, pixels), replace(packed, weights=weights))
    assert loss.item() == pytest.approx(mean.item(), rel=1e-5)


def test_the_loss_reaches_tower_and_words(tiny, packed, pixels):
    answer_loss(tiny, look(tiny, pixels), packed).backward()
    tower = tiny.model.vision_tower.embeddings.patch_embeddings.projection.weight
    assert tower.grad.abs().sum() > 0
    assert tiny.get_input_embeddings().weight.grad.abs().sum() > 0
    tiny.zero_grad(set_to_none=True)
