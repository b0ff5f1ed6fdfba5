"""Each architecture that runs in slots, at random weights, against ``generate``."""

from __future__ import annotations

import pytest
import torch
from tokenizers import Tokenizer, decoders, models
from transformers import (
    BatchFeature,
    CLIPVisionConfig,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    MistralConfig,
    PreTrainedTokenizerFast,
)

from inference_worker.backends.transformers.prompts import Prompts
from inference_worker.backends.transformers.slots import SLOT_TYPES, SlotBatch, fits
from tests.inference_worker.making import ask

IMAGE, END, WORDS = 1, 2, 64
TEXT = {
    "vocab_size": WORDS,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": END,
}
CLIP = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 8,
}
LLAVA = {"image_token_index": IMAGE, "vision_feature_layer": -1, "tie_word_embeddings": False}


def llava(text=None):
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**CLIP), text_config=text or LlamaConfig(**TEXT), **LLAVA
    )
    return LlavaForConditionalGeneration(config), {"pixel_values": torch.rand(1, 3, 16, 16)}, 4


def llava_next():
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**CLIP),
        text_config=LlamaConfig(**TEXT),
        image_grid_pinpoints=[[16, 16]],
        **LLAVA,
    )
    pictures = {
        "pixel_values": torch.rand(1, 2, 3, 16, 16),
        "image_sizes": torch.tensor([[16, 16]]),
    }
    return LlavaNextForConditionalGeneration(config), pictures, 4 + 4 + 2


def idefics3():
    vision = {key: CLIP[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers")}
    config = Idefics3Config(
        vision_config={**vision, "num_attention_heads": 2, "image_size": 16, "patch_size": 4},
        text_config=LlamaConfig(**TEXT),
        scale_factor=2,
        image_token_id=IMAGE,
        tie_word_embeddings=False,
        pad_token_id=0,
    )
    return (
        Idefics3ForConditionalGeneration(config),
        {"pixel_values": torch.rand(1, 1, 3, 16, 16)},
        4,
    )


FAMILIES = {"llava": llava, "llava_next": llava_next, "idefics3": idefics3}


class Spelled(Prompts):
    """Prompts whose tensors a test makes itself: the prompt's length is the number of words."""

    def __init__(self, tokenizer, pictures, patches):
        self.tokenizer = tokenizer
        self._pictures = pictures
        self._patches = patches

    def tensors(self, ask):
        words = torch.arange(3, 3 + len(ask.prompt))
        ids = torch.cat([torch.full((self._patches,), IMAGE), words])[None]
        return BatchFeature(
            {"input_ids": ids, "attention_mask": torch.ones_like(ids)} | self._pictures
        )


@pytest.fixture(params=sorted(FAMILIES))
def family(request):
    torch.manual_seed(1)
    model, pictures, patches = FAMILIES[request.param]()
    model.generation_config.eos_token_id = END
    model.generation_config.pad_token_id = 0
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4 if parameter.dim() > 1 else 1)
    vocabulary = {f"w{number} ": number for number in range(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "w0 "))
    tokenizer.decoder = decoders.Fuse()
    spelled = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    return model.eval(), Spelled(spelled, pictures, patches)


def alone(model, prompts, one):
    tensors = prompts.tensors(one)
    with torch.inference_mode():
        made = model.generate(**tensors, max_new_tokens=one.max_new_tokens, do_sample=False)
    tokens = made[0, tensors["input_ids"].shape[1] :].tolist()
    return prompts.tokenizer.decode([token for token in tokens if token != END])


def test_every_family_that_runs_in_slots_is_tried_here():
    assert set(FAMILIES) == SLOT_TYPES


def test_it_fits(family):
    assert fits(family[0])


def test_rows_of_different_lengths_answer_as_generate_does(family):
    model, prompts = family
    asks = [ask(str(n), "x" * n, tokens=12) for n in (2, 9, 5)]
    batch = SlotBatch(model, prompts, revision="", device="cpu")
    texts = {one.id: "" for one in asks}
    for one in asks:
        batch.join(one)
        for piece in batch.step():
            texts[piece.id] += piece.text
    while batch._rows:
        for piece in batch.step():
            texts[piece.id] += piece.text
    assert all(len(text.split()) > 4 for text in texts.values())
    assert texts == {one.id: alone(model, prompts, one) for one in asks}


def test_a_sliding_window_does_not_fit():
    model, _, _ = llava(MistralConfig(**TEXT, sliding_window=8))
    assert not fits(model)
