from __future__ import annotations

import pytest
import torch
from PIL import Image

from inference_worker.samples.vocabulary import CHARACTERS, COLOURS, SHAPES
from inference_worker.training.build import (
    VOCABULARY,
    build_model,
    build_tokenizer,
)
from inference_worker.training.presets import PRESETS


def split(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False)


@pytest.mark.parametrize("word", [*COLOURS, *SHAPES, "objects", "things", "tallest"])
def test_the_words_of_questions_are_single_tokens(tokenizer, word):
    assert len(split(tokenizer, f" {word}")) == 1


@pytest.mark.parametrize("text", ["K7QX", "2026", "HELLO"])
def test_characters_to_read_stay_single(tokenizer, text):
    assert set(text) <= set(CHARACTERS)
    assert len(split(tokenizer, f'"{text}"')) == len(text) + 2


@pytest.mark.parametrize("text", ["Wo ist der Stern?", "¿Qué es?", "日本", "🦊!", ""])
def test_any_text_survives(tokenizer, text):
    assert tokenizer.decode(split(tokenizer, text)) == text


def test_a_picture_takes_a_place_for_each_of_its_cells(processor):
    picture = Image.new("RGB", (20, 20))
    inputs = processor(text="<|user|><image>Hi<|assistant|>", images=[picture], return_tensors="pt")
    assert (inputs["input_ids"] == processor.tokenizer.convert_tokens_to_ids("<image>")).sum() == 36


def test_the_tokenizer_is_the_same_every_time(tokenizer):
    assert build_tokenizer().get_vocab() == tokenizer.get_vocab()


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (97, 97)])
def test_a_picture_is_padded_and_never_cropped(processor, size):
    picture = Image.new("RGB", size, "white")
    pixels = processor.image_processor([picture], return_tensors="pt")["pixel_values"]
    white = (pixels[0].amin(0) > 0.9).float().mean()
    assert pixels.shape == (1, 3, 96, 96)
    assert white == pytest.approx(min(size) / max(size), abs=0.03)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_sees_36_cells_and_names_every_token(name, tokenizer):
    model = build_model(PRESETS[name], tokenizer)
    cells = model.get_image_features(torch.zeros(1, 3, 96, 96), return_dict=True).pooler_output
    assert tuple(cells[0].shape) == (36, PRESETS[name].hidden)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert len(tokenizer) <= VOCABULARY


def test_larger_presets_are_larger(tokenizer):
    sizes = [
        sum(weight.numel() for weight in build_model(PRESETS[name], tokenizer).parameters())
        for name in ("tiny", "xs", "s", "m")
    ]
    assert sizes == sorted(sizes)
    assert sizes[2] > 4 * sizes[1]
