"""Each family that runs in slots, at random weights, against ``generate``."""

from __future__ import annotations

from importlib.util import find_spec
from random import Random

import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoTokenizer, BatchFeature

from inference_worker.backends.transformers.prompts import PromptEncoder
from inference_worker.backends.transformers.slots import SLOT_TYPES, SlotBatch, fits
from inference_worker.wire.picture_resize import PictureResize
from tests.inference_worker.families import equality, folders, trying
from tests.inference_worker.making import ask, picture

# PaliGemma's processor asks numpy for an array in a way of its past.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NEED_TORCHVISION = {"mistral3"}
"""The processors without a form for Pillow alone."""


class WordsOnly(PromptEncoder):
    """Questions without pictures, for a model whose processor can't be had here."""

    def tensors(self, ask):
        words = self.escape_special_tokens(ask.prompt)
        return BatchFeature(dict(self.tokenizer(words, return_tensors="pt")))


def loaded(family, folder):
    """A family's model in slots, with its processor where that can be had."""
    folders.make(family, folder)
    if family in NEED_TORCHVISION and not find_spec("torchvision"):
        model = AutoModelForImageTextToText.from_pretrained(folder).eval()
        prompts = WordsOnly(AutoTokenizer.from_pretrained(folder))
        return SlotBatch(model, prompts, revision="", device="cpu")
    return trying.load(family, folder)


@pytest.fixture(scope="module", params=sorted(SLOT_TYPES))
def family(request, tmp_path_factory):
    return loaded(request.param, tmp_path_factory.mktemp("families") / request.param)


def test_it_runs_in_slots(family):
    assert isinstance(family, SlotBatch)
    assert fits(family._model)


def test_requests_that_join_at_random_answer_as_generate_does(family):
    count, differences = equality.equality(family, 10, Random(7))
    assert (count, differences) == (10, [])


def test_the_check_notices_positions_that_are_wrong(family, monkeypatch):
    """Else equal answers would say nothing about where pictures and padding put a token."""
    forward = SlotBatch._forward

    def moved(batch):
        for row in batch._rows:
            row.position += 3
        logits = forward(batch)
        for row in batch._rows:
            row.position -= 3
        return logits

    monkeypatch.setattr(SlotBatch, "_forward", moved)
    count, _ = equality.equality(family, 10, Random(7))
    assert count < 10


def test_a_batch_holds_no_more_columns_than_its_rows_and_windows_need(family):
    for one in (ask("long", "what is " * 30, tokens=30), ask("short", "what", tokens=30)):
        family.join(one)
        family.step()
    family.leave("long")
    for layer in family._cache.layers:
        length = family._mask.shape[1]
        most = min(length, layer.sliding_window - 1) if layer.is_sliding else length
        assert layer.keys.shape[2] == most
        assert layer.get_seq_length() == length
    family.leave("short")


def test_positions_count_anew_for_each_prompt(tmp_path):
    """The model keeps those of its last picture, which a question without one must not get."""
    batch = loaded("qwen2_vl", tmp_path / "qwen2_vl")
    batch.join(ask("with", tokens=9, images=(picture(size=(90, 90)),)))
    batch.join(ask("without", tokens=9, images=()))
    first, second = batch._rows
    width = batch._prompts.tensors(ask(images=()))["input_ids"].shape[1]
    assert second.position == width
    assert first.position < batch._mask.shape[1]
    assert isinstance(batch._model.model.rope_deltas, torch.Tensor | None)


def test_the_first_piece_has_the_sizes_in_which_the_model_sees_the_pictures(tmp_path):
    batch = loaded("qwen2_5_vl", tmp_path / "qwen2_5_vl")
    sizes = [(90, 50), (300, 40), (5, 6), (64, 64), (9, 200)]
    batch.join(ask(tokens=2, images=tuple(picture(size=size) for size in sizes)))
    first, second = batch.step()[0], batch.step()[0]
    resize = PictureResize(multiple=16, least_pixels=16 * 16, most_pixels=64 * 64)
    assert first.pictures == tuple(resize.size_of(*size) for size in sizes)
    assert first.pictures[0] == (80, 32)
    assert second.pictures == ()
