from __future__ import annotations

import stat

import torch
from safetensors import safe_open

from inference_worker.training.checkpoints import WEIGHTS
from inference_worker.training.marking import open_checkpoint
from inference_worker.training.publish import save


def test_weights_are_stored_in_half_precision_and_readable_by_all(untrained):
    with safe_open(untrained / WEIGHTS, "pt") as weights:
        kept = {str(weights.get_tensor(name).dtype) for name in weights.keys()}  # noqa: SIM118
    assert kept == {"torch.bfloat16"}
    assert stat.S_IMODE((untrained / WEIGHTS).stat().st_mode) == 0o644


def test_the_model_itself_stays_in_full_precision(tiny, processor, tmp_path):
    save(tiny, processor, tmp_path)
    assert {weight.dtype for weight in tiny.parameters()} == {torch.float32}


def test_what_is_opened_again_is_what_was_saved(tiny, untrained):
    opened, _ = open_checkpoint(untrained)
    for one, other in zip(tiny.parameters(), opened.parameters(), strict=True):
        assert torch.equal(one.bfloat16(), other.bfloat16())


def test_template_and_tokenizer_come_along(processor, untrained):
    _, opened = open_checkpoint(untrained)
    assert opened.chat_template == processor.chat_template
    assert opened.tokenizer.get_vocab() == processor.tokenizer.get_vocab()


def test_it_generates_without_being_told_how(untrained):
    opened, _ = open_checkpoint(untrained)
    assert opened.generation_config.do_sample is False
    assert opened.generation_config.eos_token_id is not None
